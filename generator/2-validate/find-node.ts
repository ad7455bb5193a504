import type { PolicyNode } from "../1-load/policy-document.js";
import type { SourceSpan } from "../diagnostics/diagnostic.js";

export interface FoundNode {
  readonly path: string;
  readonly node: PolicyNode;
  /** Where the value stands; of an empty value, its key. */
  readonly at: SourceSpan;
  /** Where the key of the nearest map entry stands; undefined for the root. */
  readonly keyAt: SourceSpan | undefined;
  /** The key of the nearest map entry. */
  readonly name: string | undefined;
  /** Whether it is an item of a list that stands there. */
  readonly isItem: boolean;
}

/** Follows a JSON pointer (RFC 6901) as far as it leads. */
export function findNode(root: PolicyNode, pointer: string): FoundNode {
  let node = root;
  let keyAt: SourceSpan | undefined;
  let name: string | undefined;
  let isItem = false;
  for (const step of pointer.split("/").slice(1)) {
    const key = step.replaceAll("~1", "/").replaceAll("~0", "~");
    if (node.kind === "map") {
      const entry = node.entries.find((candidate) => candidate.key === key);
      if (entry === undefined) break;
      ({ value: node, keyAt } = entry);
      name = key;
      isItem = false;
    } else if (node.kind === "list") {
      const item = node.items[Number(key)];
      if (item === undefined) break;
      node = item;
      isItem = true;
    }
  }
  const isEmpty = node.at.start === node.at.end;
  return { path: pointer, node, at: isEmpty ? (keyAt ?? node.at) : node.at, keyAt, name, isItem };
}
