import type { AuditSink } from "../delivery/audit-sink.js";
import type { SinkOpener } from "../log/sink-opener.js";

/** What is used of a `Writable`. */
export interface LineStream {
  write(text: string, done: (error?: Error | null) => void): boolean;
}

/**
 * Writes lines to the standard output, or to another stream, for whoever collects them there. A batch
 * counts as delivered when the stream took it, which no process can know better; after a crash one
 * batch may be there twice, with the same ids.
 */
export function createStdoutSink({ stream = process.stdout as LineStream } = {}): AuditSink {
  return {
    kind: "stdout",
    deliver({ records }) {
      const text = records.map(({ line }) => `${line}\n`).join("");
      return new Promise((resolve, reject) => {
        stream.write(text, (error) => (error ? reject(error) : resolve()));
      });
    },
    close: async () => undefined,
  };
}

/** Writes to the standard output, or to the `stream` that the application passes. */
export const opener: SinkOpener = (_settings, { supplied }) => {
  const { stream } = supplied;
  return createStdoutSink(stream === undefined ? {} : { stream: stream as LineStream });
};
