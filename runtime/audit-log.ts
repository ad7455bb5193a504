/**
 * The audit log of a policy: a durable spool on the local disk, and its delivery to sinks.
 *
 * @module
 */
import { logSinks } from "./audit/log/audit-log.js";
import type { AuditLog } from "./audit/log/audit-log.js";
import { openLog } from "./audit/log/open-audit-log.js";
import type { AuditLogOptions } from "./audit/log/open-audit-log.js";
import type { SinkOpeners } from "./audit/log/open-sinks.js";
import { GateError } from "./gate-error.js";
import type { AuditLogFeature } from "./gate-features.js";
import { loadSnapshot } from "./snapshot.js";
import type { SerializedSnapshot } from "./snapshot-format.js";

export type { AuditLog, AuditLogAlert, AuditLogCounts } from "./audit/log/audit-log.js";
export type { AuditLogOptions, SpoolSettings } from "./audit/log/open-audit-log.js";
export type { SinkOpener, SinkOpening } from "./audit/log/sink-opener.js";
export type { SinkOpeners } from "./audit/log/open-sinks.js";

/** Where the records of a gate go whose policy has an `audit.log`. */
export const auditLog: AuditLogFeature = (settings) => {
  const sink = settings.auditLog && logSinks.get(settings.auditLog);
  if (sink === undefined) {
    const message = "pass the `auditLog` that `openAuditLog` of the generated code returned";
    throw new GateError("configuration-invalid", message);
  }
  return sink;
};

/**
 * Opens the audit log of a policy; `openAuditLog` in `generated/audit-log.ts` calls it with its own snapshot and
 * the openers of its sinks.
 *
 * @throws GateError `configuration-invalid` where a secret or a part of the application is missing
 * @throws SpoolError where another process has the folder, or it cannot be used
 */
export function openPolicyAuditLog(
  serialized: SerializedSnapshot,
  openers: SinkOpeners,
  options: AuditLogOptions = {},
): Promise<AuditLog> {
  return openLog(loadSnapshot(serialized), openers, options);
}
