import { printPattern } from "../../../3-model/parse-pattern.js";
import { compareText } from "../../../3-model/sort-names.js";
import type { DocumentOperation } from "../1-read/document-operation.js";
import type { Cause, ImportNote } from "../1-read/import-note.js";
import { methodOrder } from "../1-read/list-operations.js";
import type { PlainMap } from "../1-read/plain-value.js";
import type { CheckedDrafts } from "./check-drafts.js";
import type { DraftRoute } from "./draft-routes.js";
import type { EffectiveNeeds } from "./fill-needs.js";
import type { ImportPlan, PlannedResource, PlannedRoute } from "./import-plan.js";
import { namePermissions } from "./name-permissions.js";
import type { NamedPermission } from "./name-permissions.js";
import type { NamedResource } from "./name-resources.js";
import { noteRoute } from "./note-route.js";
import { planRoles } from "./plan-roles.js";
import { takeName, toName } from "./to-name.js";

export interface UnnamedPlan extends EffectiveNeeds {
  /** The import's name. */
  readonly name: string;
  readonly takenResources: ReadonlySet<string>;
  readonly document: PlainMap;
  readonly operations: readonly DocumentOperation[];
  readonly resourceOf: (operation: DocumentOperation) => NamedResource;
  readonly refusals: ReadonlyMap<DocumentOperation, Cause>;
  readonly checked: CheckedDrafts;
}

/** Gives every route its permissions, and every role its grants. */
export function namePlan(unnamed: UnnamedPlan): ImportPlan {
  const { checked, operations, resourceOf, refusals } = unnamed;
  const permissions = namePermissions(checked.routes, operations, resourceOf);
  const nobody = nameNobody(unnamed);
  const routes = checked.routes.map((draft) => routeOf(draft, { unnamed, permissions, nobody }));
  const isClosed = checked.routes.some(({ needs }) => needs === undefined);
  const counted = operations.filter(({ isImplied }) => !isImplied);
  return {
    routes: routes.toSorted(byPatternAndMethod),
    resources: [
      ...resourcesOf(unnamed, [...permissions.values()].flat()),
      ...(isClosed ? [nobody] : []),
    ].toSorted((a, b) => compareText(a.name, b.name)),
    roles: planRoles(unnamed, [...permissions.values()].flat()),
    refused: counted.flatMap((operation) => {
      const cause = refusals.get(operation);
      return cause === undefined ? [] : [noteFor(operation, cause)];
    }),
    notes: checked.routes.flatMap((draft) => noteRoute(draft)),
    counts: countOperations(unnamed),
  };
}

interface RoutePlace {
  readonly unnamed: UnnamedPlan;
  readonly permissions: ReadonlyMap<DraftRoute, readonly NamedPermission[]>;
  readonly nobody: PlannedResource;
}

function routeOf(draft: DraftRoute, { unnamed, permissions, nobody }: RoutePlace): PlannedRoute {
  const { method, segments, operations, needs } = draft;
  const fallThrough = unnamed.checked.fallThroughs.get(draft);
  const reason = fallThrough === undefined ? {} : { fallThrough };
  const [first] = operations;
  // Operations of one pattern agree on these, whatever they call their parameters.
  const slashes = [...(first?.slashes.keys() ?? [])].toSorted();
  if (needs === undefined || first === undefined) {
    const need = `${nobody.name}.${nobody.actions.join()}`;
    const comment = `Not carried over: ${operations.map(({ id }) => id).join(", ")}`;
    const rule = { need, ...reason };
    return {
      method,
      segments,
      rule,
      slashes,
      comment: comment.slice(0, 200),
      resource: undefined,
    };
  }
  const isCatchAll = segments.at(-1)?.kind === "rest" && needs.kind !== "roles";
  const names =
    permissions.get(draft)?.map(({ resource, action }) => `${resource}.${action}`) ?? [];
  const open = needs.kind === "public" && needs.isIdentityOptional ? "public identity" : needs.kind;
  return {
    method,
    segments,
    rule: {
      need: needs.kind === "roles" ? names.toSorted().join(", ") : open,
      ...(isCatchAll ? { catchAll: "the last parameter of the path may hold slashes" } : {}),
      ...reason,
    },
    slashes,
    comment: commentOn(draft, first),
    resource: unnamed.resourceOf(first).name,
  };
}

function commentOn({ segments }: DraftRoute, { summary, slashes }: DocumentOperation): string {
  if (segments.at(-1)?.kind !== "rest") return summary;
  const name = [...slashes.keys()].at(-1) ?? "";
  return `${summary} ({${name}} may hold slashes: ** is the rest of it)`.trim();
}

/** The resource whose one permission nobody has. */
function nameNobody({ name, takenResources, operations, resourceOf }: UnnamedPlan) {
  const used = [...takenResources, ...operations.map((operation) => resourceOf(operation).name)];
  const taken = new Map(used.map((word) => [word, 2]));
  return {
    name: takeName(`${toName(name, "api")}-not-imported`, taken),
    description: "What the import could not carry over. No role holds its permission.",
    actions: ["pass"],
  };
}

function resourcesOf(
  { operations, resourceOf }: UnnamedPlan,
  permissions: readonly NamedPermission[],
): readonly PlannedResource[] {
  const actions = new Map<string, string[]>();
  for (const { resource, action } of permissions) {
    const known = actions.get(resource);
    if (known === undefined) actions.set(resource, [action]);
    else known.push(action);
  }
  const described = new Map(
    operations.map(resourceOf).map(({ name, description }) => [name, description]),
  );
  return [...actions].map(([name, names]) => ({
    name,
    description: described.get(name) ?? "",
    actions: names.toSorted(),
  }));
}

function countOperations({ operations, refusals, needsOf }: UnnamedPlan): ImportPlan["counts"] {
  const seen = operations.filter(({ method, path, id }) => id === `${method} ${path}`);
  const carried = seen.filter((operation) => !refusals.has(operation));
  const kinds = carried.map((operation) => needsOf(operation).kind);
  return {
    operations: seen.length,
    carriedOver: carried.length,
    public: kinds.filter((kind) => kind === "public").length,
    authenticated: kinds.filter((kind) => kind === "authenticated").length,
    guarded: kinds.filter((kind) => kind === "roles").length,
  };
}

function byPatternAndMethod(a: PlannedRoute, b: PlannedRoute): number {
  return (
    compareText(printPattern(a.segments), printPattern(b.segments)) ||
    methodOrder.indexOf(a.method.toLowerCase()) - methodOrder.indexOf(b.method.toLowerCase())
  );
}

function noteFor({ id, pointer }: DocumentOperation, cause: Cause): ImportNote {
  return { ...cause, operation: id, pointer };
}
