import type { AuditEntry } from "../audit-entry.js";
import { toCloudEvent } from "./cloudevents.js";
import { toEcs } from "./ecs.js";
import { toOcsf } from "./ocsf.js";

export const exportFormats = ["ocsf", "ecs", "cloudevents", "jsonl"] as const;

export type ExportFormat = (typeof exportFormats)[number];

export interface ExportOptions {
  /** Of CloudEvents: `source`, a URI reference that tells one service's log from another's. */
  readonly source: string;
}

export type Exported =
  | { readonly ok: true; readonly line: string }
  | { readonly ok: false; readonly trouble: "no-time" | "too-deep" };

/** An event in another shape, as one line. What the line has under no known name is kept, unmapped. */
export function exportEntry(
  entry: AuditEntry,
  format: ExportFormat,
  options: ExportOptions,
): Exported {
  try {
    const line = lineOf(entry, format, options);
    return line === undefined ? { ok: false, trouble: "no-time" } : { ok: true, line };
  } catch (error) {
    // The parser of JSON goes as deep as it likes, and its printer does not.
    if (error instanceof RangeError) return { ok: false, trouble: "too-deep" };
    throw error;
  }
}

function lineOf(entry: AuditEntry, format: ExportFormat, { source }: ExportOptions) {
  if (format === "jsonl") return entry.line.trim();
  if (format === "cloudevents") return toCloudEvent(entry, source);
  const shaped = format === "ocsf" ? toOcsf(entry) : toEcs(entry);
  return shaped && JSON.stringify(shaped);
}
