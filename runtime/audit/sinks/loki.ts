import type { AuditRecord, AuditSink } from "../delivery/audit-sink.js";
import { createPost, discard } from "./post.js";
import type { HttpTarget } from "./post.js";
import { readEvent } from "./read-event.js";
import { authorizationFrom } from "./authorization.js";
import type { SinkOpener } from "../log/sink-opener.js";

export type { HttpTarget } from "./post.js";

export interface LokiSinkOptions extends HttpTarget {
  /** Few and constant, such as the service; `category` is added. */
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Pushes lines to Grafana Loki through `POST /loki/api/v1/push`; `url` is that of the server. One
 * stream for each category, and the time of an entry is its event's, so that Loki drops an entry that
 * comes again. It refuses entries that are older than its limits, which are then dead letters.
 *
 * @throws GateError `configuration-invalid` for an address that is none that events may be sent to
 */
export function createLokiSink(options: LokiSinkOptions): AuditSink {
  const { labels } = options;
  const url = `${options.url.replace(/\/+$/, "")}/loki/api/v1/push`;
  const post = createPost("loki", { ...options, url });
  return {
    kind: "loki",
    async deliver({ records }, signal) {
      const streams = new Map<string, (readonly [string, string])[]>();
      for (const record of records) {
        const entries = streams.get(record.category) ?? [];
        entries.push([timeOf(record), record.line]);
        streams.set(record.category, entries);
      }
      const body = [...streams].map(([category, values]) => ({
        stream: { ...labels, category },
        values,
      }));
      const headers = { "content-type": "application/json" };
      discard(await post(JSON.stringify({ streams: body }), headers, signal));
    },
    close: async () => undefined,
  };
}

/** Where an event has no time it has that of its delivery, and may be there twice. */
function timeOf({ line }: AuditRecord): string {
  return String(readEvent(line).time ?? BigInt(Date.now()) * 1_000_000n);
}

/** Pushes to the server that a policy names. */
export const opener: SinkOpener = ({ url = "", labels = {}, secret }, context) =>
  createLokiSink({ url, labels, headers: authorizationFrom(secret, context) });
