import type { SerializedTrie } from "./snapshot-format.js";
import { DOT, PERCENT, QUESTION, SLASH } from "./target.js";

/** Where in a node's words what stands; see `SerializedTrie`. */
const LABEL = 0;
const SHAPE = 1;
const METHODS = 2;
const END = 3;
const WAYS = 4;
const CHILDREN = 5;
/** Where in the ways of a node what stands. */
const REST = 0;
const PARAM_CHILD = 1;
const STAR_CHILD = 2;

/** What {@link walk} answers where no pattern matches, and where the path must be checked first. */
export const NO_ROUTE = -1;
export const UNCHECKED = -2;

/** The pattern trie as it is walked. */
export interface Trie {
  readonly words: Int32Array;
  readonly literals: Uint8Array;
  /**
   * Working memory: the length of the path that was matched last; where none was, of a part of it that
   * was, and ends before a slash.
   */
  readonly matched: Int32Array;
}

/** See `isTrieSound` for what a walk relies on. */
export function decodeTrie({ words, literals }: SerializedTrie): Trie {
  return {
    words: decodeWords(words),
    literals: Buffer.from(literals, "latin1"),
    matched: new Int32Array(1),
  };
}

/** Little-endian 32-bit words in base64. */
export function decodeWords(base64: string): Int32Array {
  const bytes = Buffer.from(base64, "base64");
  return Int32Array.from({ length: bytes.length >> 2 }, (_, index) => bytes.readInt32LE(index * 4));
}

/**
 * The route of the most specific pattern that matches the path up to `end` and is bound to a method of the bit set
 * `wanted`, or {@link NO_ROUTE}. `node` has been reached before character `at`, at first 0 and 0.
 * Allocates nothing.
 *
 * `classes` is a table of the reader: `checked` for a checked path, or `plain` for a target that nobody
 * has looked at, whose query is left alone. Then what is matched has been checked too, by itself or by
 * the literals that it is equal to; where it is not fine for sure, the answer is {@link UNCHECKED}.
 *
 * Invariant: a node lies at one depth and is reached by one way, so each is visited at most once.
 */
// Integers only: an options object would be an allocation per visited node.
export function walk(
  trie: Trie,
  classes: Uint8Array,
  path: string,
  node: number,
  at: number,
  end: number,
  wanted: number,
): number {
  const { words, literals } = trie;
  for (;;) {
    if ((word(words, node + METHODS) & wanted) === 0) return NO_ROUTE;
    const shape = word(words, node + SHAPE);
    const length = shape & 0xffff;
    if (end - at < length) return NO_ROUTE;
    for (let label = word(words, node + LABEL), last = label + length; label < last; label += 1) {
      const code = path.charCodeAt(at);
      const literal = literals[label];
      if (code !== literal && classes[code] !== literal) return NO_ROUTE;
      at += 1;
    }
    const code = at < end ? path.charCodeAt(at) : QUESTION;
    if (code === QUESTION) {
      const ended = routeAt(words, word(words, node + END), wanted);
      if (ended !== NO_ROUTE) {
        trie.matched[0] = at;
        return ended;
      }
    }
    const index = (classes[code] || code) - ((shape >> 16) & 255);
    const isListed = index >= 0 && index < shape >>> 24;
    const child = isListed ? word(words, node + CHILDREN + index) : 0;
    const ways = word(words, node + WAYS);
    if (child !== 0) {
      // Only where a whole segment may end: what literals begin alike with may be a dot segment.
      if (code === SLASH) trie.matched[0] = at;
      if (ways === 0) {
        node = child;
        at += 1;
        continue;
      }
      const found = walk(trie, classes, path, child, at + 1, end, wanted);
      if (found !== NO_ROUTE) return found;
    }
    if (ways === 0) return NO_ROUTE;
    const rest = word(words, ways + REST);
    const param = word(words, ways + PARAM_CHILD);
    const star = word(words, ways + STAR_CHILD);
    const isChecked = classes[PERCENT] !== 0;
    if (rest !== 0 && (code === SLASH || code === QUESTION)) {
      return isChecked ? routeAt(words, rest, wanted) : UNCHECKED;
    }
    if ((param | star) === 0) return NO_ROUTE;
    let stop = at;
    while (stop < end && classes[path.charCodeAt(stop)]) stop += 1;
    if (!isChecked) {
      const next = stop < end ? path.charCodeAt(stop) : SLASH;
      if (code === DOT || (next !== SLASH && next !== QUESTION)) return UNCHECKED;
    }
    if (stop === at) return NO_ROUTE;
    if (param !== 0 && star !== 0) {
      const found = walk(trie, classes, path, param, stop, end, wanted);
      if (found !== NO_ROUTE) return found;
    }
    node = star === 0 ? param : star;
    at = stop;
  }
}

/** A list of bindings is its length, then `route number * 32 + method number` of each. */
function routeAt(words: Int32Array, list: number, wanted: number): number {
  if (list === 0) return NO_ROUTE;
  // Backwards, by method: the rule of HEAD comes before that of GET, which would answer it too.
  for (let entry = list + word(words, list); entry > list; entry -= 1) {
    const binding = word(words, entry);
    if ((wanted & (1 << (binding & 31))) !== 0) return binding >> 5;
  }
  return NO_ROUTE;
}

/** Indices are checked once, when the snapshot is loaded; outside of them reads as "none". */
function word(words: Int32Array, index: number): number {
  return words[index] ?? -1;
}
