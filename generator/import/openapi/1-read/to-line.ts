const MAX_LENGTH = 100;

/** The first line of a text of the document as a comment or a description, bounded. */
export function toLine(text: string): string {
  const line = text
    .slice(0, 10_000)
    .split(/[\r\n\u0085\u2028\u2029]/)
    .map((part) => part.replace(/[\p{Cc}\p{Cf}\p{Cs}\s]+/gu, " ").trim())
    .find((part) => part !== "");
  const characters = [...(line ?? "")];
  if (characters.length <= MAX_LENGTH) return line ?? "";
  return `${characters
    .slice(0, MAX_LENGTH - 1)
    .join("")
    .trimEnd()}…`;
}
