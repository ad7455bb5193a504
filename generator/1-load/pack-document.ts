import type { PolicyDocument, PolicyNode } from "./policy-document.js";

/**
 * A node as JSON writes it shortest: where it starts and ends, and what it is. A scalar has three parts;
 * the third of four is the kind.
 */
export type PackedNode =
  | readonly [start: number, end: number, value: string | number | boolean | null]
  | readonly [start: number, end: number, kind: "list", items: readonly PackedNode[]]
  | readonly [start: number, end: number, kind: "map", entries: readonly PackedEntry[]];

export type PackedEntry = readonly [key: string, start: number, end: number, value: PackedNode];

/** What a file was parsed to, without its text and its path. */
export function packDocument({ root }: PolicyDocument): PackedNode {
  return pack(root);
}

function pack(node: PolicyNode): PackedNode {
  const { start, end } = node.at;
  if (node.kind === "scalar") return [start, end, node.value];
  if (node.kind === "list") return [start, end, "list", node.items.map(pack)];
  const entries = node.entries.map(({ key, keyAt, value }): PackedEntry => {
    return [key, keyAt.start, keyAt.end, pack(value)];
  });
  return [start, end, "map", entries];
}
