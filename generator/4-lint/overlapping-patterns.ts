import type { BoundPattern, PatternNode, PatternTrie } from "./pattern-trie.js";

export interface OverlapVisitor {
  /** Bits of the methods whose patterns are of interest; 0 ends the walk. */
  readonly wanted: number;
  /** Answers which methods are still of interest. */
  readonly visit: (other: BoundPattern) => number;
}

/**
 * Visits the patterns less specific than the given one that match a path which it matches too, and that
 * bind one of the wanted methods. Each node of the trie is entered at most once.
 */
export function visitLessSpecific(
  trie: PatternTrie,
  pattern: BoundPattern,
  visitor: OverlapVisitor,
): void {
  let { wanted } = visitor;
  walk(trie.root, { index: 0, isLess: false });

  /** `isLess`: a segment further left already made the way less specific. */
  function walk(node: PatternNode | undefined, way: Way): void {
    if (node === undefined || (node.methods & wanted) === 0) return;
    const { index, isLess } = way;
    const segment = pattern.segments[index];
    if (segment?.kind === "rest") {
      // At the first difference `**` is the least specific, so nothing else is less than it.
      if (isLess) addSubtree(node);
      return;
    }
    if (segment === undefined) {
      if (isLess) add(node.end);
      add(node.rest);
      return;
    }
    if (segment.kind === "literal") walk(node.literals.get(segment.text), step(isLess));
    else if (isLess) {
      for (const [text, child] of node.literals) if (text !== "") walk(child, step(true));
    }
    if (segment.kind !== "literal" || segment.text !== "") {
      if (segment.kind !== "star" || isLess) {
        walk(node.param, step(isLess || segment.kind !== "param"));
      }
      walk(node.star, step(isLess || segment.kind !== "star"));
    }
    add(node.rest);

    function step(less: boolean): Way {
      return { index: index + 1, isLess: less };
    }
  }

  function addSubtree(node: PatternNode | undefined): void {
    if (node === undefined || (node.methods & wanted) === 0) return;
    add(node.end);
    for (const child of node.literals.values()) addSubtree(child);
    addSubtree(node.param);
    addSubtree(node.star);
    add(node.rest);
  }

  function add(bound: BoundPattern | undefined): void {
    if (bound !== undefined && wanted !== 0) wanted = visitor.visit(bound);
  }
}

interface Way {
  readonly index: number;
  readonly isLess: boolean;
}

/**
 * Paths that both patterns match, as segments. A path of the same length with other literals in the place
 * of fresh ones meets at least as many patterns; so if a pattern decides any path that both match,
 * then it decides one of these.
 */
export function* sharedPaths(
  trie: PatternTrie,
  one: BoundPattern,
  other: BoundPattern,
): Generator<readonly string[]> {
  const shortest = Math.max(one.fixedLength, other.fixedLength);
  if (!one.hasRest && one.fixedLength < shortest) return;
  if (!other.hasRest && other.fixedLength < shortest) return;
  // Past the longest pattern, one more segment meets the same patterns.
  const longest = one.hasRest && other.hasRest ? Math.max(shortest, trie.depth + 1) : shortest;
  const path: string[] = [];
  for (let index = 0; index < longest; index += 1) {
    if (index >= shortest) yield* endingsOf(path, index);
    path.push(sharedSegment(trie, one, other, index));
  }
  yield* endingsOf(path, longest);

  function* endingsOf(segments: readonly string[], length: number): Generator<readonly string[]> {
    if (lengthOf(segments) > trie.maxPathLength) return;
    yield [...segments];
    // A strict router takes a trailing slash for an empty last segment, which only `**` leaves open.
    const isOpen = length > one.fixedLength && length > other.fixedLength;
    if (trie.isStrict && isOpen && length > 1) yield [...segments.slice(0, -1), ""];
  }
}

function sharedSegment(
  trie: PatternTrie,
  one: BoundPattern,
  other: BoundPattern,
  index: number,
): string {
  for (const { segments } of [one, other]) {
    const segment = segments[index];
    if (segment?.kind === "literal") return segment.text;
  }
  return trie.fresh;
}

function lengthOf(segments: readonly string[]): number {
  return segments.reduce((length, segment) => length + 1 + segment.length, 0);
}
