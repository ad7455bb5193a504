import type { SerializedIssuer } from "../snapshot-format.js";
import { readJson } from "./read-compact.js";

/** What chooses a key. */
export interface KeyChoice {
  readonly alg: string;
  readonly kid: string | undefined;
}

/**
 * RFC 8725, section 3.10: keys that a token brings or points to. `crit` and `b64` (RFC 7797) change what
 * a token means, and no such change is understood.
 */
const FOREIGN = /^(?:jwk|jku|x5.*|crit|b64)$/;

export interface HeaderRules extends Pick<SerializedIssuer, "algorithms" | "ignoredHeaders"> {
  /** Of values in lower case and without `application/`; null stands for a token without. */
  readonly types: { includes(type: string | null): boolean };
}

/** What the first segment of a token says, or in a closed word why an issuer's tokens do not say it. */
export function readHeader(
  head: string,
  { algorithms, ignoredHeaders, types }: HeaderRules,
): KeyChoice | string {
  const header = readJson(head);
  if (header === undefined) return "malformed";
  const { kid } = header;
  if (kid !== undefined && !isKeyId(kid)) return "key";
  const isForeign = (name: string) => FOREIGN.test(name) && !ignoredHeaders.includes(name);
  if (Object.keys(header).some(isForeign)) return "header";
  const alg = algorithms.find((name) => name === header["alg"]);
  if (alg === undefined) return "algorithm";
  return types.includes(typeOf(header["typ"])) ? { alg, kid } : "claim:typ";
}

/** Any text would be legal (RFC 7515, section 4.1.4); issuers in earnest keep to these. */
export function isKeyId(kid: unknown): kid is string {
  return typeof kid === "string" && /^[!-~]{1,64}$/.test(kid);
}

/** RFC 7515, section 4.1.9: letter case and a leading `application/` say nothing. Null for a token without. */
function typeOf(typ: unknown): string | null {
  if (typ === undefined) return null;
  return typeof typ === "string" ? typ.toLowerCase().replace(/^application\//, "") : "";
}
