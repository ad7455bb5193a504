import type { Trie } from "./trie.js";

/** The columns as a snapshot holds them, decoded; nothing that is made of them is needed to check them. */
export type TrieColumns = Pick<Trie, "nodes" | "edges" | "terminals" | "bindings" | "literals">;

/**
 * Whether no column points outside another; every child comes after one parent only, which bounds every
 * walk by the size of the trie; every edge leaves one node only, which bounds the index over all edges;
 * and at each place the methods ascend, which tells a walk which of several rules wins.
 */
export function isTrieSound(trie: TrieColumns, methodCount: number, routeCount: number): boolean {
  const rows = rowsOf(trie.nodes, 7);
  const edges = rowsOf(trie.edges, 3);
  const terminals = rowsOf(trie.terminals, 2);
  const bindings = rowsOf(trie.bindings, 2);
  const columns = [trie.nodes.length / 7, trie.edges.length / 3, trie.terminals.length / 2];
  if (rows.length === 0 || ![...columns, trie.bindings.length / 2].every(Number.isInteger)) {
    return false;
  }
  const entered = new Set<number>();
  const isChild = (child: number, parent: number) => {
    if (child <= parent || child >= rows.length || entered.has(child)) return false;
    entered.add(child);
    return true;
  };
  const isTerminal = (terminal: number) => terminal >= -1 && terminal < terminals.length;
  return (
    rows.every(([first = -1, count = -1, param = -1, star = -1, rest = -2, end = -2], node) => {
      const own = edges.slice(first, first + count);
      return (
        isRange(first, count, edges.length) &&
        [param, star].every((child) => child === -1 || isChild(child, node)) &&
        [rest, end].every(isTerminal) &&
        own.every(([offset = -1, length = -1, child = -1]) => {
          return isRange(offset, length, trie.literals.length) && isChild(child, node);
        })
      );
    }) &&
    terminals.every(([first = -1, count = -1]) => {
      const own = bindings.slice(first, first + count).map(([method = -1]) => method);
      return isRange(first, count, bindings.length) && isAscending(own);
    }) &&
    bindings.every(([method = -1, route = -1]) => {
      return isRange(method, 1, methodCount) && isRange(route, 1, routeCount);
    })
  );
}

function isAscending(numbers: readonly number[]): boolean {
  return numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? number));
}

function isRange(first: number, count: number, length: number): boolean {
  return first >= 0 && count >= 0 && first + count <= length;
}

function rowsOf(column: Int32Array, stride: number): readonly (readonly number[])[] {
  return Array.from({ length: Math.floor(column.length / stride) }, (_, row) => [
    ...column.subarray(row * stride, (row + 1) * stride),
  ]);
}
