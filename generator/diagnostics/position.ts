import type { SourceSpan, SourceText } from "./diagnostic.js";

/** One-based; columns count UTF-16 code units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface LineIndex {
  readonly text: string;
  /** Offset of the first character of every line. */
  readonly starts: readonly number[];
}

/** Line feeds end lines; a carriage return before one belongs to it. */
export function indexLines(text: string): LineIndex {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return { text, starts };
}

export function positionIn(index: LineIndex, offset: number): Position {
  const { starts } = index;
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
}

export function positionAt(text: string, offset: number): Position {
  return positionIn(indexLines(text), offset);
}

/** Answers `file:line` for places in these sources; counts the lines of each file once. */
export function createPlaceOf(sources: readonly SourceText[]): (span: SourceSpan) => string {
  const indexes = new Map<string, LineIndex>();
  const texts = new Map(sources.map((source) => [source.path, source.text]));
  return ({ file, start }) => {
    const index = indexes.get(file) ?? indexLines(texts.get(file) ?? "");
    indexes.set(file, index);
    return `${file}:${positionIn(index, start).line}`;
  };
}

/** `file:line` of one place. */
export function placeOf(sources: readonly SourceText[], span: SourceSpan): string {
  return createPlaceOf(sources)(span);
}
