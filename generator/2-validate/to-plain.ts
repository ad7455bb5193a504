import type { PolicyNode } from "../1-load/policy-document.js";

/** Plain data for the schema check; objects have no prototype, so that every key is only a key. */
export function toPlain(node: PolicyNode): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(toPlain);
  const plain: Record<string, unknown> = Object.create(null);
  for (const entry of node.entries) plain[entry.key] = toPlain(entry.value);
  return plain;
}
