/** Longer text tells a reader no more, and a policy may hold a megabyte of it. */
const MAX_LENGTH = 200;

/** Most texts are names and places: there is nothing to change in them, and looking once is faster. */
const plain = /^[\w.:-]+(?:\/[\w.:-]+)*$/;

/**
 * Text for the inside of a comment, on one line: it can neither end the comment nor hold a control
 * character, a line separator or a character that reorders what is read.
 */
export function comment(text: string): string {
  if (text.length <= MAX_LENGTH && plain.test(text)) return text;
  const line = text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\ufffd]+/gu, " ")
    .replace(/\*(?=\/)|\/(?=[*/])/g, "$& ")
    .trim();
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH).toWellFormed()}…` : line;
}

/** Names for a comment, as many as a reader takes in. */
export function commentList(names: readonly string[], none: string): string {
  const MAX_NAMES = 20;
  if (names.length === 0) return none;
  const shown = names.slice(0, MAX_NAMES).map(comment).join(", ");
  return names.length > MAX_NAMES ? `${shown} and ${names.length - MAX_NAMES} more` : shown;
}
