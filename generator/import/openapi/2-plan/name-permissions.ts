import type { DocumentOperation } from "../1-read/document-operation.js";
import type { DraftRoute } from "./draft-routes.js";
import type { NamedResource } from "./name-resources.js";
import { takeName, toName } from "./to-name.js";
import type { TakenNames } from "./to-name.js";
import { namelessPath, wishAction } from "./wish-action.js";

export interface NamedPermission {
  readonly resource: string;
  readonly action: string;
  /** Each of them is enough. */
  readonly roles: readonly string[];
}

/**
 * The permissions of each guarded route, all of them needed: one of its own for each clause of what it
 * needs. The order of the routes decides only between two that ask for one name.
 */
export function namePermissions(
  drafts: readonly DraftRoute[],
  operations: readonly DocumentOperation[],
  resourceOf: (operation: DocumentOperation) => NamedResource,
): ReadonlyMap<DraftRoute, readonly NamedPermission[]> {
  const paths = new Set(operations.map(({ path }) => namelessPath(path)));
  const taken = new Map<string, TakenNames>();
  const named = new Map<DraftRoute, readonly NamedPermission[]>();
  for (const draft of drafts) {
    const [first] = draft.operations;
    if (first === undefined || draft.needs?.kind !== "roles") continue;
    const resource = resourceOf(first).name;
    const used: TakenNames = taken.get(resource) ?? new Map();
    taken.set(resource, used);
    const { clauses } = draft.needs;
    const wish = wishAction(first, resource, paths);
    const permissions = clauses.map((roles) => {
      const own = clauses.length === 1 ? wish : clauseAction(wish, roles);
      return { resource, action: takeName(own, used), roles };
    });
    named.set(draft, permissions);
  }
  return named;
}

/** `refund` that needs two scopes is `refund-payments-write` and `refund-orders-read`. */
function clauseAction(action: string, roles: readonly string[]): string {
  const words = roles.map((role) => toName(role, "role").slice(0, 40));
  return toName(`${action.slice(0, 50)}-${words.join("-or-")}`, "op");
}
