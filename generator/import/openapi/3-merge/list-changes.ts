import { compareText } from "../../../3-model/sort-names.js";
import type { MergedFacts, ThreeWays } from "./merge-facts.js";

/** What the document changed in the policy since the last import. */
export interface ImportChanges {
  readonly routes: {
    readonly added: readonly RouteChange[];
    readonly removed: readonly RouteChange[];
    readonly changed: readonly RouteChange[];
  };
  readonly roles: RoleChanges;
  readonly resources: NameChanges;
  /** Routes where the policy says something else than the document: from what it says, to what people say. */
  readonly kept: readonly RouteChange[];
}

export interface RouteChange {
  /** `GET /orders/:orderId` */
  readonly route: string;
  /** Empty for one that is new. */
  readonly from: string;
  /** Empty for one that is gone. */
  readonly to: string;
}

export interface RoleChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly RoleChange[];
}

export interface RoleChange {
  readonly role: string;
  /** Permissions that the role has from now on. */
  readonly granted: readonly string[];
  /** Permissions that it has no more. */
  readonly revoked: readonly string[];
}

export interface NameChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

export function listChanges(merged: MergedFacts, { base, ours, theirs }: ThreeWays): ImportChanges {
  const change = (key: string): RouteChange => {
    const here = ours.routes.get(key);
    const after = theirs.routes.get(key);
    return {
      route: here?.id ?? after?.id ?? key,
      from: here?.need ?? "",
      to: after?.need ?? "",
    };
  };
  const { routes, roles, resources } = merged;
  const changes = (keys: readonly string[]) => keys.map(change).toSorted(byPath);
  const kept = [...theirs.routes].flatMap(([key, { need }]) => {
    const isAsBefore = base.routes.get(key)?.need === need;
    return isAsBefore && ours.routes.get(key)?.need !== need ? key : [];
  });
  return {
    routes: {
      added: changes(routes.added),
      removed: changes(routes.removed),
      changed: changes(routes.edited.filter(isDeciding).map(({ key }) => key)),
    },
    roles: {
      added: roles.added,
      removed: roles.removed,
      changed: roles.edited.map(({ name, grants }) => ({
        role: name,
        granted: grants.added,
        revoked: grants.removed,
      })),
    },
    resources: {
      added: resources.added,
      removed: resources.removed,
      changed: resources.edited.map(({ name }) => name),
    },
    kept: changes(kept).map(({ route, from, to }) => ({ route, from: to, to: from })),
  };
}

function byPath(a: RouteChange, b: RouteChange): number {
  const pathOf = ({ route }: RouteChange) => route.slice(route.indexOf(" "));
  return compareText(pathOf(a), pathOf(b)) || compareText(a.route, b.route);
}

/** A route of which only the comment changes decides as before. */
function isDeciding({ fields }: MergedFacts["routes"]["edited"][number]): boolean {
  return Object.keys(fields).some((field) => field !== "comment");
}
