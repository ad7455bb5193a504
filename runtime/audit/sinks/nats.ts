import type { AuditRecord, AuditSink } from "../delivery/audit-sink.js";
import { refuseRecords } from "../delivery/sink-error.js";
import { GateError } from "../../gate-error.js";
import type { SinkOpener } from "../log/sink-opener.js";

/** What is used of `jetstream(connection)` of `@nats-io/jetstream`, and of `connection.jetstream()` of `nats`. */
export interface JetStream {
  publish(
    subject: string,
    payload: string,
    options: { readonly msgID: string; readonly timeout: number },
  ): Promise<unknown>;
}

export interface NatsSinkOptions {
  readonly jetStream: JetStream;
  /** Subjects are this and the category: `audit.auth`. A stream must take them; `audit` by default. */
  readonly subject?: string;
  /** Milliseconds for the acknowledgement of one message; 5 s by default. */
  readonly timeout?: number;
  /** `max_payload` of the server; 1 MiB, its default, by default. Records beyond it are dead letters. */
  readonly maxPayload?: number;
  /**
   * Messages that may wait for their acknowledgement; 1 by default. With more it is faster, but after
   * a message that failed those behind it are in the stream before it.
   */
  readonly window?: number;
}

/** `NATS/1.0`, the names and line ends of the two headers that a client may set; the id comes on top. */
const HEADER_BYTES = 128;

/**
 * Publishes events to a JetStream stream, one message each. `Nats-Msg-Id` is the id of the event: what
 * comes again within the stream's `duplicate_window` (2 minutes unless declared) is kept once. Whoever
 * made the connection closes it.
 */
export function createNatsSink(options: NatsSinkOptions): AuditSink {
  const { jetStream, subject = "audit", timeout = 5000, maxPayload = 1024 * 1024 } = options;
  const { window = 1 } = options;
  const isTooLarge = ({ id, line }: AuditRecord) =>
    Buffer.byteLength(line) + Buffer.byteLength(id) + HEADER_BYTES > maxPayload;
  const publish = ({ id, category, line }: AuditRecord) =>
    jetStream.publish(`${subject}.${toToken(category)}`, line, { msgID: id, timeout });
  return {
    kind: "nats",
    async deliver({ records }, signal) {
      const sendable = records.filter((record) => !isTooLarge(record));
      for (let start = 0; start < sendable.length; start += window) {
        signal.throwIfAborted();
        const sent = sendable.slice(start, start + window).map(publish);
        // All are waited for: none is to come after a batch that follows.
        for (const end of await Promise.allSettled(sent)) {
          if (end.status === "rejected") throw end.reason;
        }
      }
      const refused = records.filter(isTooLarge).map(({ id }) => [id, "too-large"] as const);
      if (refused.length > 0) throw refuseRecords(new Map(refused));
    },
    close: async () => undefined,
  };
}

/** A category is one token of a subject: no dot, space or wildcard. */
function toToken(category: string): string {
  return category.replace(/[^\w-]/g, "_") || "_";
}

/** Publishes through the `jetStream` that the application passes. */
export const opener: SinkOpener = ({ subject }, { supplied }) => {
  const { jetStream } = supplied;
  if (typeof Object(jetStream).publish !== "function") {
    throw new GateError("configuration-invalid", "an audit sink `nats` needs a `jetStream`");
  }
  return createNatsSink({ jetStream: jetStream as JetStream, ...(subject && { subject }) });
};
