/** Printable ASCII but the quote and the backslash: it stands as it is, and looking once is faster. */
const plain = /^[ !#-[\]-~]*$/;

/**
 * A string literal of TypeScript for any text. Double quotes, line separators, other control and
 * formatting characters and lone surrogates are escaped, so that nothing ends the literal, moves a
 * reader's eye or changes under a formatter.
 */
export function literal(text: string): string {
  if (plain.test(text)) return `"${text}"`;
  // An escaped backslash is taken whole: the quote behind it may be the one that ends the literal.
  const special = /\\\\|\\"|[\u007f-\u009f\u2028\u2029]|\p{Cf}/gu;
  return JSON.stringify(text).replace(special, (found) => {
    if (found === "\\\\") return found;
    if (found === '\\"') return "\\u0022";
    return [...found].map((character) => escapeOf(character)).join("");
  });
}

function escapeOf(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    return `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`;
  }).join("");
}

/** Printable ASCII but the single quote and the backslash. */
const plainInSingleQuotes = /^[ -&(-[\]-~]*$/;

/** A literal for a piece of JSON: in single quotes where it reads as it is, as a formatter has it too. */
export function jsonLiteral(json: string): string {
  return plainInSingleQuotes.test(json) && json.includes('"') ? `'${json}'` : literal(json);
}
