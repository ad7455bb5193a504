import { hash } from "node:crypto";

/**
 * The Merkle tree of RFC 9162, section 2.1, as its size and the heads of its complete subtrees, the
 * largest first: all that is needed to append, and 32 bytes for each bit of the size.
 */
export interface Tree {
  size: number;
  readonly heads: Buffer[];
}

export const EMPTY_ROOT = hash("sha256", "", "buffer");

export function copyTree({ size, heads }: Tree): Tree {
  return { size, heads: [...heads] };
}

/** `leaf` is a frame: its first byte is the zero that the hash of a leaf begins with. */
export function appendLeaf(tree: Tree, leaf: Uint8Array): void {
  let node: Buffer = hash("sha256", leaf, "buffer");
  // Not by bits: the size outlives 32 of them.
  for (let size = tree.size; size % 2 === 1; size = (size - 1) / 2) {
    const left = tree.heads.pop();
    if (left === undefined) throw new Error("a tree lost the head of a subtree");
    node = joined(left, node);
  }
  tree.heads.push(node);
  tree.size += 1;
}

export function rootOf({ heads }: Tree): Buffer {
  return heads.reduceRight<Buffer | undefined>(joinedTo, undefined) ?? EMPTY_ROOT;
}

export function isSameTree(one: Tree, other: Tree): boolean {
  return one.size === other.size && rootOf(one).equals(rootOf(other));
}

/** True where the heads are as many as a tree of that size has. */
export function isTree({ size, heads }: Tree): boolean {
  const ones = [...size.toString(2)].filter((bit) => bit === "1").length;
  return heads.length === ones && heads.every((head) => head.length === 32);
}

function joinedTo(right: Buffer | undefined, left: Buffer): Buffer {
  return right === undefined ? left : joined(left, right);
}

function joined(left: Buffer, right: Buffer): Buffer {
  const node = Buffer.allocUnsafe(65);
  node[0] = 1;
  node.set(left, 1);
  node.set(right, 33);
  return hash("sha256", node, "buffer");
}
