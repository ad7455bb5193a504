import { compareText } from "../../../3-model/sort-names.js";
import type { ImportFacts, RouteFacts } from "./import-facts.js";
import { mergeResources } from "./merge-resources.js";
import { mergeRoles } from "./merge-roles.js";
import { mergeRoutes } from "./merge-routes.js";

/** The last import, the policy as it is, and the document as it is. */
export interface ThreeWays {
  readonly base: ImportFacts;
  /** Roles that the policy has for itself, and that an import wanted too. */
  readonly foreignRoles: ReadonlySet<string>;
  readonly ours: ImportFacts;
  readonly theirs: ImportFacts;
}

/** The document and a person changed the same thing; the person's version stays. */
export interface MergeConflict {
  readonly kind: "route" | "resource" | "role";
  /** `GET /orders/:orderId`, or the name. */
  readonly name: string;
  readonly message: string;
}

export interface RouteEdit {
  readonly key: string;
  readonly fields: Partial<RouteFacts>;
}

export interface ListEdit {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

export interface ResourceEdit {
  readonly name: string;
  readonly description: string | undefined;
  readonly actions: ListEdit;
}

export interface RoleEdit {
  readonly name: string;
  readonly description: string | undefined;
  readonly inherits: ListEdit;
  readonly grants: ListEdit;
}

export interface Merged<Edit> {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly edited: readonly Edit[];
  readonly conflicts: readonly MergeConflict[];
}

/** What has to be done to the policy, thing by thing. */
export interface MergedFacts {
  readonly routes: Merged<RouteEdit>;
  readonly resources: Merged<ResourceEdit>;
  readonly roles: MergedRoles;
}

export interface MergedRoles extends Merged<RoleEdit> {
  /** Roles of the document that are the policy's own: none of its grants are added to them. */
  readonly foreign: readonly string[];
}

/**
 * Merges three ways: what the document changed since the last import is changed in the policy, unless a
 * person changed the same, which stays and is a conflict.
 */
export function mergeFacts(ways: ThreeWays): MergedFacts {
  const routes = mergeRoutes(ways);
  const orphans = orphansAfter(ways, routes);
  const roles = mergeRoles(ways, orphans);
  return { routes, resources: mergeResources(ways, orphans, roles), roles };
}

/**
 * Permissions that a route of the policy goes on to need though the document has them no more: they
 * keep their action and their grants. What the document still has is granted as it says now.
 */
function orphansAfter({ ours, theirs }: ThreeWays, routes: Merged<RouteEdit>): ReadonlySet<string> {
  const removed = new Set(routes.removed);
  const edited = new Map(routes.edited.map(({ key, fields }) => [key, fields.need]));
  const needs = [...ours.routes].flatMap(([key, facts]) =>
    removed.has(key) ? [] : (edited.get(key) ?? facts.need).split(", "),
  );
  const known = new Set(
    [...theirs.resources].flatMap(([name, { actions }]) =>
      actions.map((action) => `${name}.${action}`),
    ),
  );
  return new Set(needs.filter((need) => !known.has(need)));
}

/** What stands in one list and not in another, sorted. */
export function without(names: readonly string[], others: readonly string[]): readonly string[] {
  const known = new Set(others);
  return names.filter((name) => !known.has(name)).toSorted(compareText);
}

export function sameNames(one: readonly string[], other: readonly string[]): boolean {
  return without(one, other).length + without(other, one).length === 0;
}

/** All keys of several maps, sorted. */
export function keysOf(...maps: readonly ReadonlyMap<string, unknown>[]): readonly string[] {
  return [...new Set(maps.flatMap((map) => [...map.keys()]))].toSorted(compareText);
}
