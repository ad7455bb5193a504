import { quoteText } from "../../../3-model/quote-text.js";
import { reservedNames } from "../../../3-model/reserved-names.js";
import type { Cause } from "./import-note.js";
import { isMap } from "./plain-value.js";
import { toClauses } from "./to-clauses.js";

/** Who may use an operation, as its security requirements say. */
export type Needs =
  | {
      readonly kind: "public" /** Credentials may still name the caller. */;
      readonly isIdentityOptional: boolean;
    }
  | { readonly kind: "authenticated" }
  | { readonly kind: "roles"; readonly clauses: readonly (readonly string[])[] };

export interface ReadNeeds {
  readonly needs: Needs;
  /** Schemes without scopes that stand beside scopes: the policy checks the scopes alone. */
  readonly uncheckedSchemes: readonly string[];
}

/** The role of callers who come by a scheme that has no scopes. */
export function schemeRole(scheme: string): string {
  return `scheme:${scheme}`;
}

export function schemeOf(role: string): string | undefined {
  return role.startsWith("scheme:") ? role.slice("scheme:".length) : undefined;
}

interface Alternative {
  readonly scopes: readonly string[];
  readonly schemes: readonly string[];
}

/**
 * Reads a list of security requirements: one of them is enough, and of one everything is needed.
 * A scope is a role. A scheme without scopes asks only for a caller who is known; but where scopes are
 * the alternative, that would let every token pass, so there the scheme itself is a role.
 */
export function readNeeds(security: unknown): ReadNeeds | Cause {
  if (!Array.isArray(security)) return unreadable("is no list");
  const alternatives: Alternative[] = [];
  for (const requirement of security) {
    const alternative = readRequirement(requirement);
    if ("code" in alternative) return alternative;
    alternatives.push(alternative);
  }
  const isOpen = alternatives.some(({ scopes, schemes }) => scopes.length + schemes.length === 0);
  if (isOpen || alternatives.length === 0) {
    const isIdentityOptional = alternatives.length > 1;
    return { needs: { kind: "public", isIdentityOptional }, uncheckedSchemes: [] };
  }
  if (alternatives.every(({ scopes }) => scopes.length === 0)) {
    return { needs: { kind: "authenticated" }, uncheckedSchemes: [] };
  }
  const clauses = toClauses(
    alternatives.map(({ scopes, schemes }) =>
      scopes.length > 0 ? scopes : schemes.map(schemeRole),
    ),
  );
  if (clauses === undefined) {
    return {
      code: "openapi-security-too-complex",
      message: "its security requirements combine in more ways than a rule can list",
      help: "give the operation fewer alternatives, or write its route by hand",
    };
  }
  const unusable = clauses.flat().find((role) => !ROLE_NAME.test(role) || reservedNames.has(role));
  if (unusable !== undefined) {
    return {
      code: "openapi-unusable-scope",
      message: `the scope ${quoteText(unusable)} cannot be the name of a role`,
      help: "a role's name has 1 to 200 characters, and no space, `*` or `,`",
    };
  }
  const unchecked = alternatives.flatMap(({ scopes, schemes }) =>
    scopes.length > 0 ? schemes : [],
  );
  return {
    needs: { kind: "roles", clauses },
    uncheckedSchemes: [...new Set(unchecked)].toSorted(),
  };
}

const ROLE_NAME = /^[^\s\p{Cc}\p{Cs}*,]{1,200}$/u;

function readRequirement(requirement: unknown): Alternative | Cause {
  if (!isMap(requirement)) return unreadable("holds something that is no map");
  const scopes = new Set<string>();
  const schemes: string[] = [];
  for (const [scheme, names] of Object.entries(requirement)) {
    if (!Array.isArray(names)) return unreadable(`gives ${quoteText(scheme)} no list of scopes`);
    for (const name of names) {
      if (typeof name !== "string") return unreadable(`has a scope that is no text`);
      scopes.add(name);
    }
    if (names.length === 0) schemes.push(scheme);
  }
  return { scopes: [...scopes], schemes };
}

function unreadable(problem: string): Cause {
  return {
    code: "openapi-unreadable-security",
    message: `its \`security\` ${problem}`,
    help: "write a list of maps from schemes to lists of scopes",
  };
}

/** Needs that admit the same callers have the same key. */
export function needsKey(needs: Needs): string {
  return JSON.stringify(needs);
}
