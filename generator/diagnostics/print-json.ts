/**
 * JSON for scripts that people look at too: what would move the cursor or reorder the text is escaped,
 * which changes no value.
 */
export function printJson(value: unknown): string {
  // Outside of texts, JSON that is set in lines holds no control but the line feed.
  return JSON.stringify(value, null, 2).replace(/[^\P{Cc}\n]|[\p{Cf}\u2028\u2029]/gu, escapeOf);
}

function escapeOf(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    return `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`;
  }).join("");
}
