import { createMask } from "../../masks/create-mask.js";
import type { MaskServices } from "../../masks/create-mask.js";
import type { Mask, MaskFailure } from "../../masks/mask.js";
import { isRaw, reveal } from "../../masks/raw.js";
import type { SerializedAuditEvent, SerializedAuditSchema } from "../../serialized-audit.js";
import { createEventTools, textOf } from "./compiled-events.js";
import type { CompiledEvent, EventContext, EventTools, WriteStraight } from "./compiled-events.js";
import { buildEventField, copyList, misfitOf } from "./event-field.js";
import type { EventField, Misfit } from "./event-field.js";
import { hideAll, jsonOfMasked } from "./masked-field.js";
import { doubleText, intText } from "./number-text.js";
import { createPlainCheck } from "./plain-texts.js";
import { createFieldReader, createUndeclaredCount } from "./read-fields.js";
import type { EventFields } from "./read-fields.js";
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
export type EventWriter = (fields: unknown, context: EventContext) => Written;

/**
 * A writer for each kind of event: by the code of `compiled`, one for each event of the schema in its order, or else
 * by the schema alone. Both say the same of any fields.
 *
 * @throws GateError `configuration-invalid` for a mask whose key or function is missing
 */
export function buildEventWriters(
  { events, masks }: SerializedAuditSchema,
  services: MaskServices,
  compiled: readonly CompiledEvent[] = [],
): ReadonlyMap<string, EventWriter> {
  const opened = masks.map(({ options }) => createMask(options, services));
  const isPlain = createPlainCheck();
  return new Map(
    events.map((event, index) => {
      const parts = { masks: opened, compiled: compiled[index], isPlain };
      return [event.type, buildEventWriter(event, parts)];
    }),
  );
}

interface WriterParts {
  readonly masks: readonly Mask[];
  readonly compiled: CompiledEvent | undefined;
  readonly isPlain: EventTools["isPlain"];
}

function buildEventWriter(
  event: SerializedAuditEvent,
  { masks, compiled, isPlain }: WriterParts,
): EventWriter {
  const members = event.fields.map((field, index) => {
    const id = `${event.type}/${field.name}`;
    // An index that leads nowhere hides everything.
    const mask = field.mask === -1 ? undefined : (masks[field.mask] ?? hideAll);
    return buildEventField(field, { index, id, mask });
  });
  const write: WriteStraight =
    compiled?.(createEventTools(members, isPlain)) ?? createFieldReader(members);
  const countUndeclared = createUndeclaredCount(members);
  return (fields, context) => {
    if (typeof fields !== "object" || fields === null) return faultAt("", "type");
    let undeclared = 0;
    try {
      undeclared = countUndeclared(fields as EventFields);
    } catch {
      return faultAt("", "unreadable");
    }
    const written = write(fields as EventFields, context);
    if (typeof written === "string") return { ok: true, json: written, undeclared };
    if (typeof written === "number") return faultAt(members[written]?.name ?? "", "unreadable");
    const values: unknown[] = [];
    let texts = "";
    // Before any mask is asked: one that is counted, or remembers, hears of events that are taken alone.
    for (const member of members) {
      const value = openRaw(member, written[member.index]);
      const misfit = misfitIn(member, value);
      if (misfit !== undefined) return faultAt(member.name, misfit);
      values.push(value);
      if (member.mask === undefined) texts += textIn(value);
    }
    const quote = isPlain(texts) ? quotePlain : quoteText;
    return { ok: true, json: jsonOf({ members, values, context, quote }), undeclared };
  };
}

/** What only a mask may read is opened where there is one; elsewhere it fits no field. */
function openRaw({ mask }: EventField, value: unknown): unknown {
  if (mask === undefined || typeof value === "string") return value;
  return isRaw(value) ? copyList(reveal(value)) : value;
}

function misfitIn(member: EventField, value: unknown): Misfit | "missing" | undefined {
  if (value !== undefined) return misfitOf(member, value);
  return member.optional ? undefined : "missing";
}

/** What is to be looked through of a value that fits its field. */
function textIn(value: unknown): string {
  if (typeof value === "string") return value;
  return Array.isArray(value) ? textOf(value) : "";
}

/** The JSON of values that fit their fields. */
function jsonOf({
  members,
  values,
  context,
  quote,
}: {
  readonly members: readonly EventField[];
  readonly values: readonly unknown[];
  readonly context: EventContext;
  readonly quote: (text: string) => string;
}): string {
  let json = "";
  for (const member of members) {
    const value = values[member.index];
    if (value === undefined) continue;
    json += json === "" ? member.firstKey : member.nextKey;
    if (member.mask !== undefined) json += jsonOfMasked(member, value, context);
    else if (typeof value === "string") json += quote(value);
    else if (typeof value === "number") json += numberText(member, value);
    else json += Array.isArray(value) ? `[${value.map(quote).join(",")}]` : String(value);
  }
  return json === "" ? "{}" : `${json}}`;
}

function numberText({ type }: EventField, value: number): string {
  return type === "int" ? intText(value) : doubleText(value);
}

/** Of a text that was found among others to need no escape. */
function quotePlain(text: string): string {
  return `"${text}"`;
}

function faultAt(name: string, reason: EventFault["reason"]): Written {
  const path = name === "" ? "" : `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
  return { ok: false, fault: { path, reason } };
}

export type { MaskFailure };
