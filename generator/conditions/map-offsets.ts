import type { Scalar } from "yaml";
import { readBlockScalar } from "./read-block-scalar.js";
import { readFlowScalar } from "./read-flow-scalar.js";
import type { Written } from "./scalar-writer.js";
import type { Span } from "./syntax.js";

/** What of a scalar of the `yaml` package is needed here. */
export type WrittenScalar = Pick<Scalar, "range" | "value" | "type">;

/** Finds places of a YAML scalar's value in its file. */
export interface OffsetMap {
  /** The offset in the file of a unit of the value; the end of the value gives the end of what is written. */
  readonly offset: (at: number) => number;
  readonly span: (span: Span) => Span;
}

/**
 * Maps offsets in the value of a scalar to offsets in the text of its file, through quotes, escapes, folded lines
 * and indentation. Undefined where what is written does not read as the value, which no scalar of a policy does.
 */
export function mapOffsets(node: WrittenScalar, file: string): OffsetMap | undefined {
  const { range, value } = node;
  if (range === null || range === undefined || typeof value !== "string") return undefined;
  const [start, end] = range;
  const ways = readWritten(node, file.slice(start, end), start);
  const written = ways.find(({ text }) => text === value);
  if (written === undefined) return undefined;
  const { places } = written;
  const offset = (at: number) => places[Math.max(0, Math.min(at, places.length - 1))] ?? end;
  return {
    offset,
    span(span) {
      const first = offset(span.start);
      // The end of a part is behind its last unit, not before what comes next, which may be lines away.
      const last = span.end > span.start ? written.ends[span.end - 1] : first;
      return { start: first, end: Math.max(first, last ?? end) };
    },
  };
}

/** All ways in which the scalar can be read; the value tells which one is meant. */
function readWritten(node: WrittenScalar, source: string, start: number): readonly Written[] {
  switch (node.type) {
    case "BLOCK_LITERAL":
    case "BLOCK_FOLDED":
      return readBlockScalar(source, start);
    case "QUOTE_DOUBLE":
    case "QUOTE_SINGLE":
    case "PLAIN": {
      const written = readFlowScalar(source, start, node.type);
      return written === undefined ? [] : [written];
    }
    default:
      return [];
  }
}
