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

const openers = {
  jsonl: (sink: SerializedAudit["sink"], context: SinkContext) =>
    openJsonlSink(resolve(context.cwd, sink.path), context.onError),
};

/** @throws GateError `configuration-invalid` where the sink cannot be opened: no record, no service. */
export function openSink(audit: SerializedAudit, context: SinkContext): Sink {
  try {
    return openers[audit.sink.kind](audit.sink, context);
  } catch (error) {
    const { code = "unknown error" } = Object(error);
    throw new GateError(
      "configuration-invalid",
      `the audit sink \`${audit.sink.path}\` cannot be opened (${code})`,
    );
  }
}
