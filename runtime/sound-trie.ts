import type { Trie } from "./trie.js";

/** Words of a node before its children by byte. */
const HEAD = 5;

/**
 * Whether nothing points outside the words or the literals; every child comes after one parent only, which
 * bounds every walk by the size of the trie; and in each list the methods ascend, which tells a walk which of
 * several rules wins.
 */
export function isTrieSound(trie: Trie, methodCount: number, routeCount: number): boolean {
  const { words, literals } = trie;
  const entered = new Set<number>();
  const waiting = [0];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    const [label = -1, shape = -1, , end = -1, ways = -1] = words.subarray(node, node + HEAD);
    const count = shape >>> 24;
    if (!isRange(label, shape & 0xffff, literals.length)) return false;
    if (!isRange(node, HEAD + count, words.length) || !isRange(ways, 3, words.length)) return false;
    const [rest = -1, ...wild] = ways === 0 ? [0] : words.subarray(ways, ways + 3);
    for (const list of [end, rest]) {
      const size = list === 0 ? 0 : (words[list] ?? -1);
      if (!isRange(list, size, words.length - 1)) return false;
      const bindings = words.subarray(list + 1, list + 1 + size);
      if (!isAscending([...bindings].map((binding) => binding & 31))) return false;
      for (const binding of bindings) {
        const isKnown = (binding & 31) < methodCount && isRange(binding >> 5, 1, routeCount);
        if (!isKnown) return false;
      }
    }
    for (const child of [...wild, ...words.subarray(node + HEAD, node + HEAD + count)]) {
      if (child === 0) continue;
      if (child <= node || entered.has(child)) return false;
      entered.add(child);
      waiting.push(child);
    }
  }
  return true;
}

function isAscending(numbers: readonly number[]): boolean {
  return numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? number));
}

function isRange(first: number, count: number, length: number): boolean {
  return first >= 0 && count >= 0 && first + count <= length;
}
