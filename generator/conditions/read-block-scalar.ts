import { createWriter } from "./scalar-writer.js";
import type { Writer, Written } from "./scalar-writer.js";

/** A line of a block: what stands behind the indentation, and where. */
interface Line {
  readonly text: string;
  readonly at: number;
  /** Where the next line begins. */
  readonly next: number;
}

interface Block {
  readonly isFolded: boolean;
  readonly chomp: string;
  readonly lines: readonly Line[];
  readonly end: number;
}

/**
 * Reads a `|` or `>` scalar (YAML 1.2.2, 8.1) in every indentation that it can have, the detected one first: which
 * one a number in the header stands for depends on what is around the scalar. The caller knows the value.
 */
export function readBlockScalar(source: string, start: number): readonly Written[] {
  const header = /^[|>]([-+0-9]*)[^\n]*(?:\n|$)/.exec(source);
  if (header === null) return [];
  const [head, indicators = ""] = header;
  const chomp = /[-+]/.exec(indicators)?.[0] ?? "";
  const bare = splitLines(source.slice(head.length), start + head.length);
  const first = bare.find(({ text }) => text.trim() !== "")?.text ?? "";
  const detected = /^ */.exec(first)?.[0].length ?? 0;
  const widths = [detected, ...Array.from({ length: detected }, (_, index) => index)];
  return widths.map((width) => {
    const lines = bare.map(({ text, at, next }) => {
      const skip = Math.min(width, /^ */.exec(text)?.[0].length ?? 0);
      return { text: text.slice(skip), at: at + skip, next };
    });
    return readLines({
      isFolded: source.startsWith(">"),
      chomp,
      lines,
      end: start + source.length,
    });
  });
}

function splitLines(text: string, start: number): readonly Line[] {
  const lines: Line[] = [];
  for (const { 0: whole, 1: content = "", index } of text.matchAll(/([^\n]*?)(?:\r?\n|$)/g)) {
    if (whole === "" && index === text.length) break;
    lines.push({ text: content, at: start + index, next: start + index + whole.length });
  }
  return lines;
}

function readLines({ isFolded, chomp, lines, end }: Block): Written {
  const writer = createWriter();
  const last = lines.findLastIndex(({ text }) => text !== "");
  let blanks = 0;
  let before: Line | undefined;
  for (const line of lines.slice(0, last + 1)) {
    if (line.text === "") {
      blanks += 1;
      if (before === undefined || !isFolded) writer.put("\n", line.at, line.next);
      continue;
    }
    if (before !== undefined && isFolded) fold(writer, before, line, blanks);
    blanks = 0;
    for (const [index, unit] of line.text.split("").entries()) {
      writer.put(unit, line.at + index, line.at + index + 1);
    }
    const isLast = line === lines[last];
    if (!isFolded && !isLast) writer.put("\n", line.at + line.text.length, line.next);
    before = line;
  }
  const ending = lines[last];
  if (chomp !== "-" && ending !== undefined)
    writer.put("\n", ending.at + ending.text.length, ending.next);
  if (chomp === "+") for (const line of lines.slice(last + 1)) writer.put("\n", line.at, line.next);
  return writer.finish(end);
}

/** Lines are joined by a space, unless one of them is indented further. */
function fold(writer: Writer, before: Line, line: Line, blanks: number): void {
  const isKept = /^[ \t]/.test(before.text) || /^[ \t]/.test(line.text);
  const breaks = isKept ? blanks + 1 : blanks;
  writer.put(breaks === 0 ? " " : "\n".repeat(breaks), before.at + before.text.length, line.at);
}
