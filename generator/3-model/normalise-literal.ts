import { hasControl } from "./has-control.js";

/** A literal segment in the one spelling that the trie compares, or why no request can spell it. */
export type NormalisedLiteral =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problem: string; readonly help: string };

export interface LiteralRules {
  readonly semicolons: "refuse" | "allow";
}

/**
 * Decodes percent-escapes once as UTF-8 and encodes again every octet that RFC 3986 does not admit in a
 * path segment (`pchar`), in upper case. What the runtime refuses in a request is refused here too.
 */
export function normaliseLiteral(raw: string, rules: LiteralRules): NormalisedLiteral {
  const decoded = decode(raw);
  if (decoded === undefined) {
    return refuse(
      "holds a percent sign that starts no UTF-8 escape",
      "write a percent sign itself as `%25`",
    );
  }
  if (hasControl(decoded)) {
    return refuse("holds a control character", "no request may spell it; take it out");
  }
  if (/^\.{1,2}(?:;|$)/.test(decoded)) {
    return refuse("is a dot segment", "requests with dot segments are refused; write the path out");
  }
  for (const [character, help] of refusedCharacters) {
    if (decoded.includes(character))
      return refuse(`holds \`${character}\`${encodedNote(raw, character)}`, help);
  }
  if (decoded.includes(";") && rules.semicolons === "refuse") {
    return refuse(
      `holds \`;\`${encodedNote(raw, ";")}`,
      "the router refuses semicolons unless `router.semicolons` is `allow`",
    );
  }
  return { ok: true, text: encodePchar(decoded) };
}

const refusedCharacters: readonly (readonly [string, string])[] = [
  ["/", "an encoded slash matches parameters with `encodedSlash: true` only"],
  ["\\", "requests with backslashes are refused; take it out"],
];

function decode(raw: string): string | undefined {
  try {
    // A lone surrogate has no UTF-8: `encodeURIComponent` throws on it, `decodeURIComponent` does not.
    encodeURIComponent(raw);
    return decodeURIComponent(raw);
  } catch {
    return undefined;
  }
}

function encodePchar(text: string): string {
  return encodeURIComponent(text).replace(/%(?:24|26|2B|2C|3A|3B|3D|40)/g, decodeURIComponent);
}

function encodedNote(raw: string, character: string): string {
  return raw.includes(character) ? "" : " in an escape";
}

function refuse(problem: string, help: string): NormalisedLiteral {
  return { ok: false, problem, help };
}
