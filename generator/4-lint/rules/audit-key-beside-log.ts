import { posix } from "node:path";
import type { AuditLogModel } from "../../3-model/audit-log-model.js";
import type { KeyPlace } from "../../3-model/policy-model.js";
import type { Rule } from "../rule.js";

/**
 * Why: values are pseudonymised only while the key is kept apart from them (GDPR, article 4(5)), and a log proves
 * nothing to whom its signing key lies beside it.
 */
export const auditKeyBesideLog: Rule = {
  name: "audit-key-beside-log",
  severity: "warning",
  *check({ auditLog, auditEvents }) {
    if (auditLog === undefined) return;
    const keys = [
      {
        place: auditEvents?.secret,
        what: "the key of hashed values",
        risk: "find out what was hashed",
      },
      { place: auditLog.signer, what: "the key that signs the log", risk: "write it anew" },
    ];
    for (const { place, what, risk } of keys) {
      const holder = place && holderOf(place, auditLog);
      if (holder === undefined) continue;
      yield {
        at: auditLog.at,
        message: `${what} lies beside ${holder}: whoever gets at that folder can ${risk}`,
        help: "keep the key in another folder, or name an environment variable that a key store fills",
      };
    }
  },
};

/** What of the log lies in the folder of a key. */
function holderOf({ kind, place }: KeyPlace, log: AuditLogModel): string | undefined {
  if (kind !== "file") return undefined;
  const file = posix.normalize(place);
  const folders = [log.folder, ...(log.spill === undefined ? [] : [log.spill])];
  if (folders.some((folder) => file.startsWith(`${posix.normalize(folder)}/`))) return "the log";
  const sink = log.sinks.find(
    ({ settings }) =>
      settings.path !== undefined &&
      posix.dirname(posix.normalize(settings.path)) === posix.dirname(file),
  );
  return sink && `the file of the sink \`${sink.name}\``;
}
