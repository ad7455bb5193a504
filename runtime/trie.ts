import type { SerializedTrie } from "./snapshot-format.js";
import { readPath } from "./target.js";
import type { TargetReader } from "./target.js";

const NODE = 7;
const FIRST_EDGE = 0;
const EDGE_COUNT = 1;
/** Column 2 is the `:param` child. */
const STAR_CHILD = 3;
const REST_TERMINAL = 4;
const END_TERMINAL = 5;
const METHODS = 6;
const EDGE = 3;
const SLOT = 4;

/** The pattern trie as it is walked: the serialised columns and a hash index over all edges. */
export interface Trie {
  readonly nodes: Int32Array;
  readonly edges: Int32Array;
  readonly terminals: Int32Array;
  readonly bindings: Int32Array;
  readonly literals: Uint8Array;
  /**
   * Open addressing, stride 4, so that a look takes one line of the cache: the node that the edge leaves
   * + 1, or 0 for a free slot; child; offset and length of the text.
   */
  readonly slots: Int32Array;
  /** Of a hash, as many high bits as number the slots stay. */
  readonly shift: number;
}

/** Decodes the columns and indexes the edges; see `isTrieSound` for what a walk relies on. */
export function decodeTrie(serialized: SerializedTrie, reader: TargetReader): Trie {
  const nodes = decodeWords(serialized.nodes);
  const edges = decodeWords(serialized.edges);
  // Three words to an edge: so a third of the slots is taken at the most.
  const shift = Math.clz32(edges.length);
  const slots = new Int32Array(SLOT << (32 - shift));
  for (let row = 0; row < nodes.length; row += NODE) {
    const first = word(nodes, row + FIRST_EDGE) * EDGE;
    const last = first + word(nodes, row + EDGE_COUNT) * EDGE;
    for (let edge = first; edge < last; edge += EDGE) {
      const offset = word(edges, edge);
      const length = word(edges, edge + 1);
      readPath(`/${serialized.literals.slice(offset, offset + length)}`, reader);
      let slot = firstSlot(word(reader.segments, 1), row / NODE, shift);
      while (slots[slot] !== 0) slot = (slot + SLOT) & (slots.length - 1);
      slots.set([row / NODE + 1, word(edges, edge + 2), offset, length], slot);
    }
  }
  return {
    nodes,
    edges,
    terminals: decodeWords(serialized.terminals),
    bindings: decodeWords(serialized.bindings),
    literals: Buffer.from(serialized.literals, "latin1"),
    slots,
    shift,
  };
}

/** Little-endian 32-bit words in base64. */
export function decodeWords(base64: string): Int32Array {
  const bytes = Buffer.from(base64, "base64");
  return Int32Array.from({ length: bytes.length >> 2 }, (_, index) => bytes.readInt32LE(index * 4));
}

/**
 * The route of the most specific pattern that matches the path that `reader` has read, up to `end`, and
 * is bound to a method of the bit set `wanted`, or -1. At one pattern, method number `preferred` comes
 * first. `node` has been reached before `segment`, at first 0 and 0. Allocates nothing.
 *
 * Invariant: a node lies at one depth and is reached by one way, so each is visited at most once.
 */
// Integers only: an options object would be an allocation per visited node.
export function walk(
  trie: Trie,
  reader: TargetReader,
  path: string,
  node: number,
  segment: number,
  end: number,
  wanted: number,
): number {
  const { nodes } = trie;
  const row = node * NODE;
  if ((word(nodes, row + METHODS) & wanted) === 0) return -1;
  const slash = word(reader.segments, segment);
  if (slash === end) {
    const ended = routeAt(trie, word(nodes, row + END_TERMINAL), wanted);
    if (ended !== -1) return ended;
  } else {
    for (let way = EDGE_COUNT; way <= STAR_CHILD; way += 1) {
      let child = word(nodes, row + way);
      if (way === EDGE_COUNT)
        child = child === 0 ? -1 : findEdge(trie, reader, path, node, segment);
      else if (word(reader.segments, segment + 2) === slash + 1) child = -1;
      if (child === -1) continue;
      const found = walk(trie, reader, path, child, segment + 2, end, wanted);
      if (found !== -1) return found;
    }
  }
  return routeAt(trie, word(nodes, row + REST_TERMINAL), wanted);
}

function routeAt(trie: Trie, terminal: number, wanted: number): number {
  if (terminal === -1) return -1;
  const first = word(trie.terminals, terminal * 2);
  const last = first + word(trie.terminals, terminal * 2 + 1);
  let found = -1;
  // Sorted by method, so that the rule of HEAD comes after that of GET, which would answer it too.
  for (let binding = first; binding < last; binding += 1) {
    const method = word(trie.bindings, binding * 2);
    if ((wanted & (1 << method)) !== 0) found = word(trie.bindings, binding * 2 + 1);
  }
  return found;
}

function findEdge(
  trie: Trie,
  reader: TargetReader,
  path: string,
  node: number,
  segment: number,
): number {
  const { literals, shift, slots } = trie;
  const { plain, segments } = reader;
  const start = word(segments, segment) + 1;
  const length = word(segments, segment + 2) - start;
  for (let slot = firstSlot(word(segments, segment + 1), node, shift); ; slot += SLOT) {
    const at = slot & (slots.length - 1);
    const parent = word(slots, at);
    if (parent === 0) return -1;
    if (parent !== node + 1 || word(slots, at + 3) !== length) continue;
    const offset = word(slots, at + 2);
    let same = 0;
    for (; same < length; same += 1) {
      const code = path.charCodeAt(start + same);
      const literal = literals[offset + same];
      if (code !== literal && plain[code] !== literal) break;
    }
    if (same === length) return word(slots, at + 1);
  }
}

/** Multiplicative hashing, by 2^32 over the golden ratio and another odd number. */
function firstSlot(hash: number, node: number, shift: number): number {
  return (Math.imul(hash ^ Math.imul(node, 0x9e3779b1), 0x85ebca6b) >>> shift) * SLOT;
}

/** Indices are checked once, when the snapshot is loaded; outside of them reads as "none". */
function word(column: Int32Array, index: number): number {
  return column[index] ?? -1;
}
