/** Longer than any access token in use; what is longer is refused before it is decoded. */
const MAX_LENGTH = 8192;
const MAX_DEPTH = 8;

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Header and claims of a compact JWS (RFC 7515, section 7.1), nothing of it verified. Undefined for a
 * text that has a second spelling or a second reading, which jose would let pass: padding, stray bits or
 * characters (RFC 4648, section 3.5), no UTF-8, no JSON object, a name that stands twice, deep nesting.
 */
export function readToken(token: string): readonly JsonObject[] | undefined {
  if (token.length > MAX_LENGTH) return undefined;
  const parts = token.split(".", 4).map((part) => Buffer.from(part, "base64url"));
  const printed = parts.map((part) => part.toString("base64url"));
  if (parts.length !== 3 || printed.join(".") !== token) return undefined;
  try {
    return parts.slice(0, 2).map(readObject);
  } catch {
    return undefined;
  }
}

/** Keeps a byte order mark, which JSON then refuses (RFC 8259, section 8.1). */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A name that sets a prototype when it is copied, or half of a surrogate pair (RFC 8259, section 8.2). */
const ODD = /"__proto__":|(?<!\\)(?:\\\\)*\\ud/;

function readObject(bytes: Uint8Array): JsonObject {
  const text = utf8.decode(bytes);
  const parsed = JSON.parse(text);
  const printed = JSON.stringify(parsed);
  // Of a name that stands twice, JSON.parse keeps one.
  let frame = frameOf(text);
  const isClear = frame.length === frameOf(printed).length && !ODD.test(printed);
  if (!isClear || !frame.startsWith("{")) throw new TypeError();
  for (let depth = 0; depth < MAX_DEPTH; depth += 1) {
    frame = frame.replaceAll(/[[{][:,]*[\]}]/g, "");
  }
  if (frame !== "") throw new TypeError();
  return parsed;
}

/** The brackets, colons and commas of a JSON text. */
function frameOf(json: string): string {
  return json.replaceAll(/"(?:[^"\\]|\\.)*"|[^[\]{}:,]/g, "");
}

/** Any text would be legal (RFC 7515, section 4.1.4); issuers in earnest keep to these. */
export function isKeyId(kid: unknown): boolean {
  return typeof kid === "string" && /^[!-~]{1,64}$/.test(kid);
}
