export type JsonObject = Readonly<Record<string, unknown>>;

const MAX_DEPTH = 8;

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/**
 * The object that a JSON text holds (RFC 8259). Undefined for what parsers read in different ways: a name
 * that stands twice, a name that sets a prototype where it is copied, half of a surrogate pair (section
 * 8.2), a byte order mark (section 8.1), deep nesting; and for any other text.
 */
export function readObject(text: string): JsonObject | undefined {
  try {
    const parsed = JSON.parse(text);
    // JSON.parse keeps one of two members with the same name, so there are fewer than the text has colons.
    const isClear = /^\s*{/.test(text) && countMembers(parsed, MAX_DEPTH) === countColons(text);
    return isClear && !(text.includes("\\u") && HALF.test(JSON.stringify(parsed)))
      ? parsed
      : undefined;
  } catch {
    return undefined;
  }
}

/** JSON.stringify escapes a surrogate only where it has no other half. */
const HALF = /(?<!\\)(?:\\\\)*\\ud/;

/** Members at all depths; not a number beyond the depth, and where a name is `__proto__`. */
function countMembers(value: object, depth: number): number {
  if (depth === 0) return Number.NaN;
  const values: readonly unknown[] = Object.values(value);
  let count = Array.isArray(value) ? 0 : values.length;
  for (const inner of values) {
    if (typeof inner === "object" && inner !== null) count += countMembers(inner, depth - 1);
  }
  return Object.hasOwn(value, "__proto__") ? Number.NaN : count;
}

/** Colons outside of strings, of a text that is JSON. */
function countColons(json: string): number {
  let count = 0;
  let isText = false;
  for (let index = 0; index < json.length; index += 1) {
    const code = json.charCodeAt(index);
    if (code === QUOTE) isText = !isText;
    else if (code === COLON) count += isText ? 0 : 1;
    else if (code === BACKSLASH) index += 1;
  }
  return count;
}
