import { readFileSync } from "node:fs";

/** A page of the repository. */
export function readPage(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
}

/** The code blocks of a page that are in a language. */
export function blocksOf(page: string, language: string): readonly string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms");
  return [...page.matchAll(fence)].map(([, text = ""]) => text);
}

/** The cells of the tables below a head that begins with these columns. */
export function rowsOf(page: string, ...head: readonly string[]): readonly (readonly string[])[] {
  const tables = page
    .split(/\n(?!\|)/)
    .map((table) => table.split("\n").filter((line) => line.startsWith("|")));
  return tables
    .map((lines) => lines.map(cellsOf))
    .filter(([first = []]) => head.every((name, column) => first[column] === name))
    .flatMap(([, , ...rows]) => rows);
}

/** The words in backticks. */
export function codesIn(text: string): readonly string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);
}

function cellsOf(line: string): readonly string[] {
  return line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());
}
