import type { SerializedTrie } from "./snapshot-format.js";
import { readPath } from "./target.js";
import type { TargetReader } from "./target.js";

const NODE = 7;
const FIRST_EDGE = 0;
const EDGE_COUNT = 1;
/** `:param` child, then the `*` child, then the terminal of `**`. */
const PARAM_CHILD = 2;
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

/** Decodes the columns. {@link indexTrie} comes before any walk. */
export function decodeTrie(serialized: SerializedTrie): Trie {
  const edges = decodeWords(serialized.edges);
  const nodes = decodeWords(serialized.nodes);
  let bits = 2;
  while (2 ** bits < (edges.length / EDGE) * 2) bits += 1;
  return {
    nodes,
    edges,
    terminals: decodeWords(serialized.terminals),
    bindings: decodeWords(serialized.bindings),
    literals: Buffer.from(serialized.literals, "latin1"),
    slots: new Int32Array(SLOT << bits),
    shift: 32 - bits,
  };
}

/** Little-endian 32-bit words in base64. */
export function decodeWords(base64: string): Int32Array {
  const bytes = Buffer.from(base64, "base64");
  const words = new Int32Array(bytes.length >> 2);
  for (let index = 0; index < words.length; index += 1) words[index] = bytes.readInt32LE(index * 4);
  return words;
}

/** Fills the edge index, from which every walk starts; see `isTrieSound` for what it relies on. */
export function indexTrie(trie: Trie, reader: TargetReader): void {
  for (let node = 0; node < trie.nodes.length / NODE; node += 1) {
    const first = word(trie.nodes, node * NODE + FIRST_EDGE);
    const last = first + word(trie.nodes, node * NODE + EDGE_COUNT);
    for (let edge = first; edge < last; edge += 1) insertEdge(trie, node, edge, reader);
  }
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
  preferred: number,
): number {
  const { nodes } = trie;
  for (let from = node, at = segment; ; at += 2) {
    const row = from * NODE;
    if ((word(nodes, row + METHODS) & wanted) === 0) return -1;
    const rest = word(nodes, row + REST_TERMINAL);
    const slash = word(reader.segments, at);
    if (slash === end) {
      const ended = routeAt(trie, word(nodes, row + END_TERMINAL), wanted, preferred);
      return ended === -1 ? routeAt(trie, rest, wanted, preferred) : ended;
    }
    // Where only one way is left, the loop goes it; before the others, a walk of their own comes back.
    let next = word(nodes, row + EDGE_COUNT) === 0 ? -1 : findEdge(trie, reader, path, from, at);
    const isFilled = word(reader.segments, at + 2) > slash + 1;
    for (let way = PARAM_CHILD; way <= REST_TERMINAL; way += 1) {
      const other = way === REST_TERMINAL ? rest : isFilled ? word(nodes, row + way) : -1;
      if (other === -1) continue;
      if (next !== -1) {
        const found = walk(trie, reader, path, next, at + 2, end, wanted, preferred);
        if (found !== -1) return found;
      }
      next = other;
    }
    if (next === -1) return -1;
    if (rest !== -1) return routeAt(trie, rest, wanted, preferred);
    from = next;
  }
}

function routeAt(trie: Trie, terminal: number, wanted: number, preferred: number): number {
  if (terminal === -1) return -1;
  const first = word(trie.terminals, terminal * 2);
  const last = first + word(trie.terminals, terminal * 2 + 1);
  let found = -1;
  for (let binding = first; binding < last; binding += 1) {
    const method = word(trie.bindings, binding * 2);
    if (method === preferred) return word(trie.bindings, binding * 2 + 1);
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

function insertEdge(trie: Trie, node: number, edge: number, reader: TargetReader): void {
  const { edges, literals, shift, slots } = trie;
  const [offset = 0, length = 0, child = -1] = edges.subarray(edge * EDGE);
  readPath(`/${String.fromCharCode(...literals.subarray(offset, offset + length))}`, reader);
  let slot = firstSlot(word(reader.segments, 1), node, shift);
  while (slots[slot] !== 0) slot = (slot + SLOT) & (slots.length - 1);
  slots.set([node + 1, child, offset, length], slot);
}

/** By 2^32 over the golden ratio, which spreads neighbours: one literal below many nodes is common. */
function firstSlot(hash: number, node: number, shift: number): number {
  return (Math.imul(hash + node, 0x9e3779b1) >>> shift) * SLOT;
}

/** Indices are checked once, when the snapshot is loaded; outside of them reads as "none". */
function word(column: Int32Array, index: number): number {
  return column[index] ?? -1;
}
