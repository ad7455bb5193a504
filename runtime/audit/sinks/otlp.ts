import type { AuditRecord, AuditSink } from "../delivery/audit-sink.js";
import { refuseBatch } from "../delivery/sink-error.js";
import { createPost, discard } from "./post.js";
import type { HttpTarget } from "./post.js";
import { readEvent } from "./read-event.js";
import { authorizationFrom } from "./authorization.js";
import type { SinkOpener } from "../log/sink-opener.js";

export type { HttpTarget } from "./post.js";

export interface OtlpSinkOptions extends HttpTarget {
  /** Attributes of the resource, such as `service.name` (OpenTelemetry's semantic conventions). */
  readonly resource: Readonly<Record<string, string>>;
}

/** `INFO` of the data model of logs. */
const SEVERITY = { severityNumber: 9, severityText: "INFO" };
const MAX_ANSWER = 64 * 1024;

/**
 * Sends log records to a collector by OTLP/HTTP 1 in JSON: `POST /v1/logs`; `url` is that of the
 * collector. The line is the body of the record; the protocol knows nothing again that comes twice,
 * but the attribute `log.record.uid` does. A collector that refuses a part of a batch does not say
 * which, and must not be asked again: the whole batch is then dead letters too. Unlike the
 * specification, what it answers with a status of no retry, such as 401 or 500, is tried again:
 * audit events are not to be dropped.
 *
 * @throws GateError `configuration-invalid` for an address that is none that events may be sent to
 */
export function createOtlpSink(options: OtlpSinkOptions): AuditSink {
  const { resource } = options;
  const url = `${options.url.replace(/\/+$/, "")}/v1/logs`;
  const post = createPost("otlp", { ...options, url });
  const attributes = Object.entries(resource).map(([key, value]) => toAttribute(key, value));
  return {
    kind: "otlp",
    async deliver({ records }, signal) {
      const logRecords = records.map(toLogRecord);
      const scopeLogs = [{ scope: { name: "gatewright.audit" }, logRecords }];
      const body = JSON.stringify({ resourceLogs: [{ resource: { attributes }, scopeLogs }] });
      const response = await post(body, { "content-type": "application/json" }, signal);
      if (await hasRefused(response)) throw refuseBatch("partial-success");
    },
    close: async () => undefined,
  };
}

function toLogRecord({ id, epoch = 0, sequence, category, line }: AuditRecord) {
  const { time = 0n, traceId, spanId } = readEvent(line);
  return {
    // 64-bit integers are decimal strings in the JSON of Protobuf; 0 is an unknown time.
    timeUnixNano: String(time),
    observedTimeUnixNano: String(BigInt(Date.now()) * 1_000_000n),
    ...SEVERITY,
    body: { stringValue: line },
    attributes: [
      toAttribute("log.record.uid", id),
      toAttribute("gatewright.audit.category", category),
      { key: "gatewright.audit.epoch", value: { intValue: String(epoch) } },
      { key: "gatewright.audit.sequence", value: { intValue: String(sequence) } },
    ],
    ...(traceId === undefined ? {} : { traceId }),
    ...(spanId === undefined ? {} : { spanId }),
  };
}

function toAttribute(key: string, value: string) {
  return { key, value: { stringValue: value } };
}

/** What cannot be read says nothing: the status was of success. */
async function hasRefused(response: Response): Promise<boolean> {
  const length = Number(response.headers.get("content-length") ?? 0);
  if (!response.headers.get("content-type")?.includes("json") || length > MAX_ANSWER) {
    discard(response);
    return false;
  }
  try {
    const { partialSuccess } = Object(await readBounded(response));
    return Number(Object(partialSuccess).rejectedLogRecords ?? 0) > 0;
  } catch {
    return false;
  }
}

async function readBounded(response: Response): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop early cancels the body.
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MAX_ANSWER) return undefined;
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString());
}

/** Sends to the collector that a policy names. */
export const opener: SinkOpener = ({ url = "", labels = {}, secret }, context) =>
  createOtlpSink({ url, resource: labels, headers: authorizationFrom(secret, context) });
