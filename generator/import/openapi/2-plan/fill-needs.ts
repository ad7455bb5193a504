import type { DocumentOperation } from "../1-read/document-operation.js";
import type { Needs } from "../1-read/read-needs.js";
import type { NamedResource } from "./name-resources.js";

/** Who may use an operation of whose security the document says nothing. */
export type UnsaidAccess = "public" | "roles";

/** Methods that read (RFC 9110, section 9.2.1). */
const safeMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);

export interface UnsaidOptions {
  readonly unsaid: UnsaidAccess;
  readonly resourceOf: (operation: DocumentOperation) => NamedResource;
}

export interface EffectiveNeeds {
  readonly needsOf: (operation: DocumentOperation) => Needs;
  /** The reading role that each writing role inherits. */
  readonly inherited: ReadonlyMap<string, string>;
}

/**
 * Fills in what the document leaves open: everybody, or two roles for each resource, of which one reads
 * and the other does everything.
 */
export function fillNeeds(
  operations: readonly DocumentOperation[],
  { unsaid, resourceOf }: UnsaidOptions,
): EffectiveNeeds {
  if (unsaid === "public") {
    const everybody: Needs = { kind: "public", isIdentityOptional: false };
    return { needsOf: ({ needs }) => needs ?? everybody, inherited: new Map() };
  }
  const scopes = new Set(
    operations.flatMap(({ needs }) => (needs?.kind === "roles" ? needs.clauses.flat() : [])),
  );
  const roleFor = (resource: string, ability: "read" | "write") => {
    // A scope of this name exists for what the document says; this role is for what it does not say.
    let role = `${resource}:${ability}`;
    while (scopes.has(role)) role = `unsaid:${role}`;
    return role;
  };
  const open = operations.filter(({ needs }) => needs === undefined);
  const namesWhere = (isSafe: boolean) =>
    new Set(
      open
        .filter(({ method }) => safeMethods.has(method) === isSafe)
        .map((operation) => resourceOf(operation).name),
    );
  const read = namesWhere(true);
  const both = [...namesWhere(false)].filter((name) => read.has(name));
  const inherited = new Map(both.map((name) => [roleFor(name, "write"), roleFor(name, "read")]));
  return {
    inherited,
    needsOf(operation) {
      if (operation.needs !== undefined) return operation.needs;
      const { name } = resourceOf(operation);
      const write = roleFor(name, "write");
      if (!safeMethods.has(operation.method)) return { kind: "roles", clauses: [[write]] };
      const reader = roleFor(name, "read");
      return { kind: "roles", clauses: [inherited.has(write) ? [reader, write] : [reader]] };
    },
  };
}
