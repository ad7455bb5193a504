import { textWidth } from "../diagnostics/text-width.js";
import { identifier } from "./identifier.js";
import { literal } from "./literal.js";

// What is printed here stands as Prettier and Biome print it at their line width of 100 in this
// project, so that a formatter run over generated files changes nothing.

const LINE_WIDTH = 100;
/** Formatters leave a value beside its key, however long it is, where the key is shorter than this. */
const SHORT_KEY = 5;
/** A lone argument up to this width, a quarter of the line, stays beside its function. */
const SHORT_ARGUMENT = 25;
/** Characters of base64 to a line. */
const CHUNK = 88;

/** Plain data as an expression; `indent` is the column of the line that it begins on. */
export function printValue(value: unknown, indent: number): string {
  if (typeof value === "string") return literal(value);
  if (Array.isArray(value)) return printArray(value, indent);
  if (typeof value === "object" && value !== null) return printObject(value, indent);
  return String(value);
}

/** `key: value,` as one property of an object that is indented by `indent`. */
export function printProperty(key: string, value: unknown, indent: number): string {
  const name = identifier(key);
  const margin = " ".repeat(indent);
  if (isScalarList(value)) return `${margin}${name}: ${printScalars(value, indent, name)},`;
  const line = `${margin}${name}: ${printValue(value, indent)},`;
  if (typeof value !== "string" || fits(line) || textWidth(name) < SHORT_KEY) return line;
  return `${margin}${name}:\n${margin}  ${literal(value)},`;
}

/** A call with one string: on one line where it fits, else broken behind the parenthesis or the colon. */
export function printCallProperty(
  key: string,
  call: { readonly callee: string; readonly argument: string },
  indent: number,
): string {
  const margin = " ".repeat(indent);
  const head = `${margin}${identifier(key)}:`;
  const argument = literal(call.argument);
  const line = `${head} ${call.callee}(${argument}),`;
  if (fits(line)) return line;
  const start = `${head} ${call.callee}(`;
  if (fits(start) && textWidth(argument) > SHORT_ARGUMENT) {
    return `${start}\n${margin}  ${argument},\n${margin}),`;
  }
  const below = `${margin}  ${call.callee}(${argument}),`;
  if (fits(below)) return `${head}\n${below}`;
  return `${head}\n${margin}  ${call.callee}(\n${margin}    ${argument},\n${margin}  ),`;
}

/** A long base64 text in lines that a diff can show. */
export function printColumn(key: string, base64: string, indent: number): string {
  const margin = " ".repeat(indent);
  if (base64.length <= CHUNK) return printProperty(key, base64, indent);
  const chunks = base64.match(new RegExp(`.{1,${CHUNK}}`, "g")) ?? [];
  const lines = chunks.map((chunk) => `${margin}  ${literal(chunk)},`);
  return `${margin}${key}: [\n${lines.join("\n")}\n${margin}].join(""),`;
}

/** `export type Name = "a" | "b";`, broken where it is too long; `never` without members. */
export function printUnion(head: string, members: readonly string[]): string {
  const printed = members.length === 0 ? ["never"] : members.map(literal);
  const line = `${head} = ${printed.join(" | ")};`;
  if (printed.length > 1 && !fits(line)) return `${head} =\n  | ${printed.join("\n  | ")};`;
  return fits(line) ? line : `${head} =\n  ${printed.join("")};`;
}

function printObject(value: object, indent: number): string {
  const entries = Object.entries(value);
  if (entries.length === 0) return "{}";
  const lines = entries.map(([key, member]) => printProperty(key, member, indent + 2));
  return `{\n${lines.join("\n")}\n${" ".repeat(indent)}}`;
}

function printArray(items: readonly unknown[], indent: number): string {
  if (items.length === 0) return "[]";
  if (isScalarList(items)) return printScalars(items, indent, "");
  const margin = " ".repeat(indent + 2);
  const lines = items.map((item) => `${margin}${printValue(item, indent + 2)},`);
  return `[\n${lines.join("\n")}\n${" ".repeat(indent)}]`;
}

function printScalars(items: readonly (string | number)[], indent: number, key: string): string {
  const printed = items.map((item) => printValue(item, indent));
  const line = `[${printed.join(", ")}]`;
  const before = " ".repeat(indent) + (key === "" ? "" : `${key}: `);
  if (items.length === 0 || fits(`${before}${line},`)) return line;
  const margin = " ".repeat(indent + 2);
  const lines = typeof items[0] === "number" ? fill(printed, margin) : printed;
  return `[\n${lines.map((text) => `${margin}${text},`).join("\n")}\n${" ".repeat(indent)}]`;
}

/** Formatters set numbers as running text. */
function fill(numbers: readonly string[], margin: string): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const number of numbers) {
    const longer = line === "" ? number : `${line}, ${number}`;
    if (line !== "" && !fits(`${margin}${longer},`)) {
      lines.push(line);
      line = number;
    } else line = longer;
  }
  return [...lines, line];
}

function isScalarList(value: unknown): value is readonly (string | number)[] {
  return (
    Array.isArray(value) &&
    value.every((item) => typeof item === "string" || typeof item === "number")
  );
}

function fits(line: string): boolean {
  return textWidth(line) <= LINE_WIDTH;
}
