import { identifier } from "./identifier.js";

/**
 * A long list of objects as one text of JSON, an object to a line, so that a diff shows what changed and
 * a compiler reads one token where it would check thousands of literals.
 */
export function printRows(key: string, rows: readonly object[], indent: number): string {
  const margin = " ".repeat(indent);
  const name = identifier(key);
  if (rows.length === 0) return `${margin}${name}: [],`;
  const lines = rows.map((row) => `${margin}  ${inRawTemplate(JSON.stringify(row))}`);
  return `${margin}${name}: JSON.parse(String.raw\`[\n${lines.join(",\n")}\n${margin}]\`),`;
}

/** Neither the end of the template nor the start of an expression can stand in it: JSON has another spelling for both. */
function inRawTemplate(json: string): string {
  return json.replace(/[`$]|[^ -~]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
