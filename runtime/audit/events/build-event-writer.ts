import { createMask } from "../../masks/create-mask.js";
import type { MaskServices } from "../../masks/create-mask.js";
import { NULL_MARKER_JSON } from "../../masks/mask.js";
import type { Mask, MaskContext, MaskFailure } from "../../masks/mask.js";
import type { SerializedAuditEvent, SerializedAuditSchema } from "../../serialized-audit.js";
import { AFTER_TEXT, AFTER_VALUE, buildEventField, END, FIRST, misfitOf } from "./event-field.js";
import { createFieldReader, UNREAD } from "./read-fields.js";
import { createPlainTexts, quoteText } from "./quote-text.js";

/** Why an event is not taken; it tells nothing of a value. */
export interface EventFault {
  /** The field as a JSON Pointer (RFC 6901) into the event; empty for the whole. */
  readonly path: string;
  readonly reason: "type" | "missing" | "too-long" | "unreadable";
}

export type Written =
  | { readonly ok: true; readonly json: string; readonly undeclared: number }
  | { readonly ok: false; readonly fault: EventFault };

/**
 * Checks, projects, masks and serialises the fields of an event in one pass, to an object in the canonical form of
 * RFC 8785. What the policy does not declare is not read: it is only counted.
 */
export type EventWriter = (fields: unknown, context: Omit<MaskContext, "field">) => Written;

/** @throws GateError `configuration-invalid` for a mask whose key or function is missing */
export function buildEventWriters(
  { events, masks }: SerializedAuditSchema,
  services: MaskServices,
): ReadonlyMap<string, EventWriter> {
  const opened = masks.map(({ options }) => createMask(options, services));
  return new Map(events.map((event) => [event.type, buildEventWriter(event, opened)]));
}

function buildEventWriter(event: SerializedAuditEvent, masks: readonly Mask[]): EventWriter {
  const members = event.fields.map((field, index) => {
    const id = `${event.type}/${field.name}`;
    // An index that leads nowhere hides everything.
    const mask = field.mask === -1 ? undefined : (masks[field.mask] ?? hideAll);
    return buildEventField(field, { index, id, mask });
  });
  const unread = members.map((): unknown => UNREAD);
  const isPlainField = createPlainTexts(members.length);
  const readFields = createFieldReader(members);
  return (fields, { tenant, now }) => {
    if (typeof fields !== "object" || fields === null) return faultAt("", "type");
    const values = unread.slice();
    const undeclared = readFields(fields, values);
    if (typeof undeclared === "string") return faultAt(undeclared, "unreadable");
    let at = "";
    try {
      let json = "";
      let before = FIRST;
      for (const field of members) {
        at = field.name;
        const value = values[field.index];
        if (value === undefined && field.optional) continue;
        if (value === undefined) return faultAt(at, "missing");
        const misfit = misfitOf(field, value);
        if (misfit !== undefined) return faultAt(at, misfit);
        const { mask, shortCut } = field;
        let shown = value;
        let isPlain = false;
        if (mask === undefined) {
          isPlain = typeof value === "string" && isPlainField(value, field.index);
        } else {
          const short = typeof value === "string" ? shortCut?.(value) : undefined;
          isPlain = short !== undefined;
          shown = short ?? mask(value, { tenant, now, field: field.id });
        }
        if (isPlain) {
          json += field.beforeText[before];
          json += shown as string;
          before = AFTER_TEXT;
        } else {
          json += field.beforeValue[before];
          json += jsonOf(shown);
          before = AFTER_VALUE;
        }
      }
      json += END[before];
      return { ok: true, json, undeclared };
    } catch {
      // All that can throw is read by now, and masks do not; what would be thrown all the same must not leave.
      return faultAt(at, "unreadable");
    }
  };
}

const hideAll: Mask = () => null;

/** The text of what is no plain text: of a field that fits, or of what a mask gave. */
function jsonOf(shown: unknown): string {
  // Of -0, JSON in its canonical form says 0, and so does `String`.
  if (typeof shown === "number") return String(shown);
  if (typeof shown === "string") return quoteText(shown);
  if (shown === null) return NULL_MARKER_JSON;
  return Array.isArray(shown) ? `[${shown.map(quoteText).join(",")}]` : String(shown);
}

function faultAt(name: string, reason: EventFault["reason"]): Written {
  const path = name === "" ? "" : `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
  return { ok: false, fault: { path, reason } };
}

export type { MaskFailure };
