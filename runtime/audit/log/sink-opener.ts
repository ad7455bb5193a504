import type { AuditSink } from "../delivery/audit-sink.js";
import type { SerializedSinkSettings } from "./serialized-audit-log.js";

/** What a sink of a policy is opened with. */
export interface SinkOpening {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Folder that relative paths start from. */
  readonly cwd: string;
  /** What the application passes for it, such as a pool of connections. */
  readonly supplied: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Opens a sink as a policy describes it. @throws GateError `configuration-invalid`, or the driver's error */
export type SinkOpener = (
  settings: SerializedSinkSettings,
  opening: SinkOpening,
) => AuditSink | Promise<AuditSink>;
