import { isExact, readJson } from "../tokens/read-compact.js";
import { isKeyId } from "../tokens/read-header.js";

/** In characters, as for signed tokens. */
const MAX_LENGTH = 8192;

/** `dir` has no encrypted key; 96 bits of IV and 128 of tag are all that A256GCM has (RFC 7518, section 5.3). */
const COMPACT = /^[\w-]+\.\.[\w-]{16}\.[\w-]+\.[\w-]{22}$/;

/** A JWE in compact form (RFC 7516, section 7.1), nothing of it decrypted. */
export interface NestedToken {
  /** As it was sent: it is authenticated with the content. */
  readonly head: string;
  readonly iv: Buffer;
  readonly content: Buffer;
  readonly tag: Buffer;
  readonly kid: string;
  /** In lower case and without `application/`; null for a token without. */
  readonly type: string | null;
}

/** Whether a token has another shape than a signed one, so that its content must be looked for inside. */
export function isNested(token: string): boolean {
  return token.length <= MAX_LENGTH && token.split(".", 5).length === 5;
}

/**
 * The parts of a nested token, or in a closed word why it is none. The header says `dir`, A256GCM and that a
 * JWT is inside, and nothing besides `typ` and `kid`: no `zip` that inflates, no `p2c` that takes time, no
 * algorithm that wraps a key under another.
 */
export function readNested(token: string): NestedToken | string {
  const [head = "", , iv = "", content = "", tag = ""] = COMPACT.test(token)
    ? token.split(".")
    : [];
  if (![head, iv, content, tag].every((part) => part !== "" && isExact(part))) return "malformed";
  const header = readJson(head);
  if (header === undefined) return "malformed";
  const { alg, enc, cty, typ, kid, ...others } = header;
  if (alg !== "dir" || enc !== "A256GCM") return "algorithm";
  if (cty !== "JWT" || Object.keys(others).length > 0) return "header";
  if (!isKeyId(kid)) return "key";
  const type = typeof typ === "string" ? typ.toLowerCase().replace(/^application\//, "") : null;
  if (type === null && typ !== undefined) return "claim:typ";
  const [ivBytes, contentBytes, tagBytes] = [iv, content, tag].map(toBytes);
  if (!ivBytes || !contentBytes || !tagBytes) return "malformed";
  return { head, iv: ivBytes, content: contentBytes, tag: tagBytes, kid, type };
}

function toBytes(segment: string): Buffer {
  return Buffer.from(segment, "base64url");
}
