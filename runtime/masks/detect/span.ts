/** What a detector knows; the marker in its place says it. */
export type SecretKind =
  | "card"
  | "email"
  | "jwt"
  | "marker"
  | "private-key"
  | "resident-id"
  | "secret"
  | "token"
  | "url-query"
  | "url-userinfo";

/** A part of a text, in code units, that is not to be shown. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly kind: SecretKind;
}

/** Finds spans in time linear in the length of the text, in any order. */
export type Detector = (text: string) => readonly Span[];

/** The first index at or after one whose character a class of characters holds; the text's length if none. */
export function indexOfClass(text: string, from: number, isIn: RegExp): number {
  let index = from;
  while (index < text.length && !isIn.test(text.charAt(index))) index += 1;
  return index;
}

/** The start of the longest row of characters, from a floor to an index, that a class does not hold. */
export function startOfRow(text: string, before: number, isIn: RegExp, floor = 0): number {
  let index = before;
  while (index > floor && !isIn.test(text.charAt(index - 1))) index -= 1;
  return index;
}
