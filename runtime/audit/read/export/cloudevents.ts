import { createHash } from "node:crypto";
import type { AuditEntry } from "../audit-entry.js";
import * as facts from "../facts.js";
import { originOf } from "./shape.js";

const TRACE_ID = /^(?!0{32}$)[0-9a-f]{32}$/;
const SPAN_ID = /^(?!0{16}$)[0-9a-f]{16}$/;

/**
 * CloudEvents 1.0 in its JSON format (https://github.com/cloudevents/spec), in structured mode; `data`
 * is the line as it is.
 */
export function toCloudEvent(entry: AuditEntry, source: string): string {
  const attributes = {
    specversion: "1.0",
    id: idOf(entry),
    source,
    type: typeOf(entry),
    time: facts.timeOf(entry),
    subject: subjectOf(entry),
    datacontenttype: "application/json",
    traceparent: traceparentOf(entry),
  };
  // Not printed anew: no digit of a number is lost.
  return `${JSON.stringify(attributes).slice(0, -1)},"data":${entry.line.trim()}}`;
}

/** A decision and the request that completes it have one id, and two events must not. */
function idOf(entry: AuditEntry): string {
  const id = facts.idOf(entry);
  if (id === undefined) return createHash("sha256").update(entry.line).digest("hex");
  const type = facts.typeOf(entry);
  return type === "decision" || type === "audit.read-ended" ? `${id}/${type}` : id;
}

function typeOf(entry: AuditEntry): string {
  const type = facts.typeOf(entry) ?? "unknown";
  return originOf(entry) === "application" && type !== "unknown" ? type : `gatewright.${type}`;
}

function subjectOf(entry: AuditEntry): string | undefined {
  const { type, id } = facts.resourceOf(entry);
  if (type !== undefined) return id === undefined ? type : `${type}/${id}`;
  return facts.textOf(entry.value["route"]);
}

/** Of the extension for distributed tracing; whether the trace was sampled is not in the line. */
function traceparentOf({ value }: AuditEntry): string | undefined {
  const { traceId, spanId } = value as { readonly traceId?: unknown; readonly spanId?: unknown };
  const isWhole = TRACE_ID.test(String(traceId)) && SPAN_ID.test(String(spanId));
  return isWhole ? `00-${String(traceId)}-${String(spanId)}-00` : undefined;
}
