import { createMask } from "../../masks/create-mask.js";
import type { MaskServices } from "../../masks/create-mask.js";
import { NULL_MARKER_JSON } from "../../masks/mask.js";
import type { Mask, MaskContext, MaskFailure } from "../../masks/mask.js";
import type {
  AuditFieldType,
  SerializedAuditEvent,
  SerializedAuditField,
  SerializedAuditSchema,
} from "../../serialized-audit.js";
import { quoteText } from "./quote-text.js";

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

/** The text of a value as JSON; a reason where it does not fit the field. */
type WriteField = (value: unknown, context: Omit<MaskContext, "field">) => string | Unfit;

/** An object, so that no text of a value can pass for it. */
interface Unfit {
  readonly reason: EventFault["reason"];
}

const unfit: Readonly<Record<"type" | "tooLong", Unfit>> = {
  type: { reason: "type" },
  tooLong: { reason: "too-long" },
};

/** @throws GateError `configuration-invalid` for a mask whose key or function is missing */
export function buildEventWriters(
  { events, masks }: SerializedAuditSchema,
  services: MaskServices,
): ReadonlyMap<string, EventWriter> {
  const opened = masks.map(({ options }) => createMask(options, services));
  return new Map(events.map((event) => [event.type, buildEventWriter(event, opened)]));
}

function buildEventWriter(event: SerializedAuditEvent, masks: readonly Mask[]): EventWriter {
  const members = event.fields.map((field) => ({
    name: field.name,
    key: `${JSON.stringify(field.name)}:`,
    optional: field.optional,
    write: writeFieldOf(event.type, field, masks[field.mask]),
  }));
  const isDeclared = new Set(event.fields.map(({ name }) => name));
  return (fields, context) => {
    if (typeof fields !== "object" || fields === null) return faultAt("", "type");
    let json = "";
    let name = "";
    try {
      for (const member of members) {
        name = member.name;
        // Once: what is checked is what is written, whatever a getter says the next time.
        const value: unknown = Reflect.get(fields, name);
        if (value === undefined && member.optional) continue;
        if (value === undefined) return faultAt(name, "missing");
        const text = member.write(value, context);
        if (typeof text !== "string") return faultAt(name, text.reason);
        json += json === "" ? member.key + text : `,${member.key}${text}`;
      }
      return { ok: true, json: `{${json}}`, undeclared: countUndeclared(fields, isDeclared) };
    } catch {
      // A getter or a proxy threw; what it threw may hold anything.
      return faultAt(name, "unreadable");
    }
  };
}

function countUndeclared(fields: object, isDeclared: ReadonlySet<string>): number {
  let count = 0;
  for (const name in fields) if (!isDeclared.has(name)) count += 1;
  return count;
}

function faultAt(name: string, reason: EventFault["reason"]): Written {
  const path = name === "" ? "" : `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
  return { ok: false, fault: { path, reason } };
}

function writeFieldOf(
  type: string,
  field: SerializedAuditField,
  mask: Mask | undefined,
): WriteField {
  const check = checks[field.type](field.maxLength);
  if (field.mask === -1) return check;
  // An index that leads nowhere hides everything.
  if (mask === undefined) return () => NULL_MARKER_JSON;
  const name = `${type}/${field.name}`;
  return (value, context) => {
    const plain = check(value, context);
    if (typeof plain !== "string") return plain;
    const { tenant, now } = context;
    const masked = mask(value, { tenant, now, field: name });
    if (typeof masked === "string") return quoteText(masked);
    return masked === null ? NULL_MARKER_JSON : String(masked);
  };
}

const checks: Readonly<Record<AuditFieldType, (maxLength: number) => WriteField>> = {
  string: (maxLength) => (value) => {
    if (typeof value !== "string") return unfit.type;
    return value.length > maxLength ? unfit.tooLong : quoteText(value);
  },
  int: () => (value) => (Number.isSafeInteger(value) ? String(value) : unfit.type),
  // Of -0, JSON in its canonical form says 0, and so does `String`.
  double: () => (value) => (Number.isFinite(value) ? String(value) : unfit.type),
  bool: () => (value) => (typeof value === "boolean" ? String(value) : unfit.type),
  "list<string>": (maxLength) => (value) => {
    if (!Array.isArray(value)) return unfit.type;
    if (value.length > MAX_ITEMS) return unfit.tooLong;
    const items: string[] = [];
    for (const item of value) {
      if (typeof item !== "string") return unfit.type;
      if (item.length > maxLength) return unfit.tooLong;
      items.push(quoteText(item));
    }
    return `[${items.join(",")}]`;
  },
};

/** A list is part of one record, and a record is of one event. */
const MAX_ITEMS = 100;

export type { MaskFailure };
