import type { SourceSpan, SourceText } from "../diagnostics/diagnostic.js";

/** The policy language nests no deeper. */
export const MAX_DEPTH = 32;

/** Keys that JavaScript objects treat in a special way, so that no map of a policy has them. */
export const reservedNames: ReadonlySet<string> = new Set([
  "__proto__",
  "constructor",
  "prototype",
]);

/** A YAML value with its place in the file. Only what the fail-closed profile admits can be said here. */
export type PolicyNode = PolicyMap | PolicyList | PolicyScalar;

export interface PolicyMap {
  readonly kind: "map";
  readonly at: SourceSpan;
  readonly entries: readonly PolicyEntry[];
}

export interface PolicyEntry {
  readonly key: string;
  readonly keyAt: SourceSpan;
  readonly value: PolicyNode;
}

export interface PolicyList {
  readonly kind: "list";
  readonly at: SourceSpan;
  readonly items: readonly PolicyNode[];
}

export interface PolicyScalar {
  readonly kind: "scalar";
  readonly at: SourceSpan;
  readonly value: string | number | boolean | null;
}

/** One parsed policy file; its root is a map. */
export interface PolicyDocument {
  readonly source: SourceText;
  readonly root: PolicyMap;
}
