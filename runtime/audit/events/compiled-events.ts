import type { MaskContext } from "../../masks/mask.js";
import { MAX_ITEMS } from "./event-field.js";
import type { EventField } from "./event-field.js";
import { jsonOfMasked } from "./masked-field.js";
import type { EventFields } from "./read-fields.js";

/** Straight-line code for the events of one snapshot; `generated/audit.ts` holds it. */
export interface CompiledEvents {
  /** Of the snapshot that it was made from. */
  readonly digest: string;
  /** One for each event of that snapshot, in its order. */
  readonly events: readonly CompiledEvent[];
}

export type CompiledEvent = (tools: EventTools) => WriteStraight;

export type EventContext = Omit<MaskContext, "field">;

/**
 * Reads the fields in their order, once each, and writes what nearly all events are. Gives the JSON of the event; the
 * index of a field that cannot be read; or the values, for whoever looks at each: they do not fit, or need escapes.
 */
export type WriteStraight = (
  fields: EventFields,
  context: EventContext,
) => string | number | readonly unknown[];

/** What the code of an event needs of its masks, by the index of the field. */
export interface EventTools {
  /** Whether texts, all in one, stand in JSON as they are. */
  readonly isPlain: (texts: string) => boolean;
  /** The short cut of a field's mask; one that leads nowhere where the mask has none. */
  readonly shortCut: (field: number) => (text: string) => string | undefined;
  /** The JSON of what a field's mask gives. */
  readonly masked: (field: number) => (value: unknown, context: EventContext) => string;
}

export function createEventTools(
  members: readonly EventField[],
  isPlain: EventTools["isPlain"],
): EventTools {
  const memberAt = (index: number): EventField => {
    const member = members[index];
    if (member === undefined) throw new Error("an event was compiled from another snapshot");
    return member;
  };
  return {
    isPlain,
    shortCut: (index) => memberAt(index).shortCut ?? nowhere,
    masked: (index) => {
      const member = memberAt(index);
      return (value, context) => jsonOfMasked(member, value, context);
    },
  };
}

function nowhere(): undefined {
  return undefined;
}

/** Whether a value, as `copyList` gave it, is a list of texts of a field's length. */
export function isTextList(value: unknown, maxLength: number): value is readonly string[] {
  if (!Array.isArray(value) || value.length > MAX_ITEMS) return false;
  for (const item of value) if (typeof item !== "string" || item.length > maxLength) return false;
  return true;
}

/** The texts of a list in one, to be looked through with others. */
export function textOf(list: readonly string[]): string {
  let text = "";
  for (const item of list) text += item;
  return text;
}

/** A list as JSON, of texts that need no escape. */
export function plainListJson(list: readonly string[]): string {
  let json = "";
  for (const item of list) json += json === "" ? `["${item}` : `","${item}`;
  return json === "" ? "[]" : `${json}"]`;
}
