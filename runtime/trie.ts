import type { SerializedTrie } from "./snapshot-format.js";

const NODE = 7;
const FIRST_EDGE = 0;
const EDGE_COUNT = 1;
const PARAM_CHILD = 2;
const STAR_CHILD = 3;
const REST_TERMINAL = 4;
const END_TERMINAL = 5;
const METHODS = 6;
const EDGE = 3;
const SLASH = 47;

/** The pattern trie as it is walked: the serialised columns and a hash index over all edges. */
export interface Trie {
  readonly nodes: Int32Array;
  readonly edges: Int32Array;
  readonly terminals: Int32Array;
  readonly bindings: Int32Array;
  readonly literals: Uint8Array;
  /** Open addressing, a power of two long: edge number + 1, or 0. */
  readonly slots: Int32Array;
  /** Per edge: the node that it leaves. */
  readonly edgeParents: Int32Array;
  /** OR-ed into the code of a capital letter before it is compared: 32 where case is folded. */
  readonly fold: number;
}

/** Decodes the columns. {@link indexTrie} comes before any walk. */
export function decodeTrie(serialized: SerializedTrie, caseSensitive: boolean): Trie {
  const edges = decodeWords(serialized.edges);
  const nodes = decodeWords(serialized.nodes);
  let size = 4;
  while (size < (edges.length / EDGE) * 2) size *= 2;
  return {
    nodes,
    edges,
    terminals: decodeWords(serialized.terminals),
    bindings: decodeWords(serialized.bindings),
    literals: Buffer.from(serialized.literals, "latin1"),
    slots: new Int32Array(size),
    edgeParents: new Int32Array(edges.length / EDGE),
    fold: caseSensitive ? 0 : 32,
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
export function indexTrie(trie: Trie): void {
  for (let node = 0; node < trie.nodes.length / NODE; node += 1) {
    const first = word(trie.nodes, node * NODE + FIRST_EDGE);
    const last = first + word(trie.nodes, node * NODE + EDGE_COUNT);
    for (let edge = first; edge < last; edge += 1) insertEdge(trie, node, edge);
  }
}

/**
 * The route of the most specific pattern that matches `path` up to `end` and is bound to a method of
 * the bit set `wanted`, or -1. At one pattern, method number `preferred` comes first. Allocates nothing.
 *
 * Invariant: a node lies at one depth and is reached by one way, so each is visited at most once.
 */
export function matchPath(
  trie: Trie,
  path: string,
  end: number,
  wanted: number,
  preferred: number,
) {
  return walk(trie, path, 0, 0, end, wanted, preferred);
}

// Integers only and seven of them: an options object would be an allocation per visited node.
function walk(
  trie: Trie,
  path: string,
  node: number,
  at: number,
  end: number,
  wanted: number,
  preferred: number,
): number {
  const row = node * NODE;
  if ((word(trie.nodes, row + METHODS) & wanted) === 0) return -1;
  if (at === end) {
    const ended = routeAt(trie, word(trie.nodes, row + END_TERMINAL), wanted, preferred);
    if (ended !== -1) return ended;
  } else {
    const start = at + 1;
    const stop = segmentEnd(path, start, end);
    if (word(trie.nodes, row + EDGE_COUNT) !== 0) {
      const child = findEdge(trie, node, path, start, stop);
      if (child !== -1) {
        const found = walk(trie, path, child, stop, end, wanted, preferred);
        if (found !== -1) return found;
      }
    }
    if (stop > start) {
      const param = word(trie.nodes, row + PARAM_CHILD);
      if (param !== -1) {
        const found = walk(trie, path, param, stop, end, wanted, preferred);
        if (found !== -1) return found;
      }
      const star = word(trie.nodes, row + STAR_CHILD);
      if (star !== -1) {
        const found = walk(trie, path, star, stop, end, wanted, preferred);
        if (found !== -1) return found;
      }
    }
  }
  return routeAt(trie, word(trie.nodes, row + REST_TERMINAL), wanted, preferred);
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

function segmentEnd(path: string, start: number, end: number): number {
  let at = start;
  while (at < end && path.charCodeAt(at) !== SLASH) at += 1;
  return at;
}

function findEdge(trie: Trie, node: number, path: string, start: number, stop: number): number {
  let hash = node;
  for (let at = start; at < stop; at += 1) hash = mix(hash, folded(trie, path.charCodeAt(at)));
  const last = trie.slots.length - 1;
  for (let slot = finish(hash) & last; ; slot = (slot + 1) & last) {
    const edge = word(trie.slots, slot) - 1;
    if (edge === -1) return -1;
    if (word(trie.edgeParents, edge) === node && edgeReads(trie, edge, path, start, stop)) {
      return word(trie.edges, edge * EDGE + 2);
    }
  }
}

function edgeReads(trie: Trie, edge: number, path: string, start: number, stop: number): boolean {
  if (word(trie.edges, edge * EDGE + 1) !== stop - start) return false;
  const offset = word(trie.edges, edge * EDGE) - start;
  for (let at = start; at < stop; at += 1) {
    if (trie.literals[offset + at] !== folded(trie, path.charCodeAt(at))) return false;
  }
  return true;
}

function insertEdge(trie: Trie, node: number, edge: number): void {
  const offset = word(trie.edges, edge * EDGE);
  const stop = offset + word(trie.edges, edge * EDGE + 1);
  let hash = node;
  for (let at = offset; at < stop; at += 1) hash = mix(hash, trie.literals[at] ?? 0);
  const last = trie.slots.length - 1;
  let slot = finish(hash) & last;
  while (trie.slots[slot] !== 0) slot = (slot + 1) & last;
  trie.slots[slot] = edge + 1;
  trie.edgeParents[edge] = node;
}

function folded(trie: Trie, code: number): number {
  return code >= 65 && code <= 90 ? code | trie.fold : code;
}

// FNV-1a over the segment, begun with the node's number, and a final mix for the low bits.
function mix(hash: number, code: number): number {
  return Math.imul(hash ^ code, 0x01000193);
}

function finish(hash: number): number {
  return hash ^ (hash >>> 15);
}

/** Indices are checked once, when the snapshot is loaded; outside of them reads as "none". */
function word(column: Int32Array, index: number): number {
  return column[index] ?? -1;
}
