import type { SourceSpan, SourceText } from "./diagnostic.js";
import { indexLines, positionIn } from "./position.js";
import type { LineIndex, Position } from "./position.js";
import { slashed } from "./slashed.js";

/** A span as it is printed; everything is one-based, the end stands behind the last character. */
export interface Place {
  readonly file: string;
  readonly start: Position;
  readonly end: Position;
  /** The lines of the file, where it is known. */
  readonly index: LineIndex;
}

/** Answers places in these sources; a file that is not among them is taken as empty. */
export function createLocate(sources: readonly SourceText[]): (span: SourceSpan) => Place {
  const texts = new Map(sources.map((source) => [slashed(source.path), source.text]));
  const indexes = new Map<string, LineIndex>();
  return (span) => {
    const index = indexes.get(span.file) ?? indexLines(texts.get(slashed(span.file)) ?? "");
    indexes.set(span.file, index);
    const start = Math.min(Math.max(span.start, 0), index.text.length);
    const end = Math.min(Math.max(span.end, start), index.text.length);
    return {
      file: span.file,
      start: positionIn(index, start),
      end: positionIn(index, end),
      index,
    };
  };
}
