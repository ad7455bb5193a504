import { resolve } from "node:path";
import { GateError } from "../../gate-error.js";
import type { SerializedAudit } from "../../snapshot-format.js";
import type { Sink } from "../sink.js";
import { openJsonlSink } from "./jsonl.js";

export interface SinkContext {
  /** Folder that relative paths start from. */
  readonly cwd: string;
  /** Hears of the first failure of every outage. */
  readonly onError: (error: unknown) => void;
}

/** @throws GateError `configuration-invalid` where the sink cannot be opened: no record, no service. */
export function openSink({ sink }: SerializedAudit, { cwd, onError }: SinkContext): Sink {
  try {
    return openJsonlSink(resolve(cwd, sink.path), onError);
  } catch (error) {
    // The file system's errors have one.
    const { code } = error as NodeJS.ErrnoException;
    const message = `the audit sink \`${sink.path}\` cannot be opened (${code})`;
    throw new GateError("configuration-invalid", message);
  }
}
