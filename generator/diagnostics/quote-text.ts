/** Longer than any name of the policy may be; a message should stay one line that can be read. */
const MAX_QUOTED = 220;

/** Text of the policy for a message: in backticks, on one line, cut where it is longer than any name. */
export function quoteText(text: string): string {
  const shown = text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text;
  return `\`${shown.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, escapeCharacter)}\``;
}

function escapeCharacter(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
