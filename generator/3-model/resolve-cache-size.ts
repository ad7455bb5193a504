import type { PolicyNode } from "../1-load/policy-document.js";
import type { Report } from "./mistake.js";
import { numberOf } from "./read-node.js";

const MAX_CACHE_ENTRIES = 1_000_000;

/** How many entries a cache may have; undefined where it does not say. */
export function resolveCacheSize(node: PolicyNode | undefined, report: Report): number | undefined {
  if (node === undefined) return undefined;
  const size = numberOf(node) ?? 0;
  if (Number.isInteger(size) && size >= 1 && size <= MAX_CACHE_ENTRIES) return size;
  report({
    code: "bad-cache-size",
    message: `\`maxEntries\` is not a whole number from 1 to ${MAX_CACHE_ENTRIES}`,
    at: node.at,
    help: "write it like `10000`",
  });
  return undefined;
}
