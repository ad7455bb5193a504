import type { PolicyEntry, PolicyNode } from "../1-load/policy-document.js";

/** The entries of a map; anything else has none, so that an odd document reads as an empty one. */
export function entriesOf(node: PolicyNode | undefined): readonly PolicyEntry[] {
  return node?.kind === "map" ? node.entries : [];
}

export function valueAt(node: PolicyNode | undefined, key: string): PolicyNode | undefined {
  return entriesOf(node).find((entry) => entry.key === key)?.value;
}

/** The items of a list; a single value stands for a list of one, null for an empty one. */
export function itemsOf(node: PolicyNode | undefined): readonly PolicyNode[] {
  if (node === undefined || (node.kind === "scalar" && node.value === null)) return [];
  return node.kind === "list" ? node.items : [node];
}

export function textOf(node: PolicyNode | undefined): string | undefined {
  return node?.kind === "scalar" && typeof node.value === "string" ? node.value : undefined;
}

export function numberOf(node: PolicyNode | undefined): number | undefined {
  return node?.kind === "scalar" && typeof node.value === "number" ? node.value : undefined;
}

export function booleanOf(node: PolicyNode | undefined): boolean | undefined {
  return node?.kind === "scalar" && typeof node.value === "boolean" ? node.value : undefined;
}

/** The texts among the items, in their order. */
export function textsOf(node: PolicyNode | undefined): readonly string[] {
  return itemsOf(node).flatMap((item) => textOf(item) ?? []);
}
