import type { PolicyNode } from "../1-load/policy-document.js";
import type { Report } from "./mistake.js";
import type { ClaimPath } from "./policy-model.js";
import { textOf } from "./read-node.js";

/** No token nests claims deeper than this in earnest, and every step costs at each request. */
const MAX_STEPS = 16;

/**
 * `realm_access.roles` goes inward at each dot; a name with `://` in it (`https://id.example/roles`) is one
 * name; a list gives the names exactly. Undefined after a reported mistake.
 */
export function readClaimPath(node: PolicyNode, report: Report): ClaimPath | undefined {
  const path = split(node);
  if (path !== undefined && path.length <= MAX_STEPS && path.every(isClaimName)) return path;
  report({
    code: "bad-claim-path",
    message: "this is not the path of a claim",
    at: node.at,
    help: "write names with dots between them, or a list of exact names",
  });
  return undefined;
}

function split(node: PolicyNode): readonly string[] | undefined {
  if (node.kind === "list") {
    const names = node.items.flatMap((item) => textOf(item) ?? []);
    return names.length === node.items.length && names.length > 0 ? names : undefined;
  }
  const text = textOf(node);
  if (text === undefined) return undefined;
  return text.includes("://") ? [text] : text.split(".");
}

function isClaimName(name: string): boolean {
  return name !== "" && name !== "__proto__";
}
