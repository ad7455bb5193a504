import type {
  ImportPlan,
  PlannedResource,
  PlannedRole,
  PlannedRoute,
} from "../2-plan/import-plan.js";
import { factKey } from "../3-merge/import-facts.js";
import type { PolicyIndex } from "../3-merge/index-policies.js";
import type { MergedFacts } from "../3-merge/merge-facts.js";
import type { ImportPaths } from "../import-request.js";

/** What is new in one file. */
export interface AddedContent {
  readonly roles: readonly PlannedRole[];
  readonly resources: readonly PlannedResource[];
  readonly routes: readonly PlannedRoute[];
}

interface GrowingContent extends AddedContent {
  readonly roles: PlannedRole[];
  readonly resources: PlannedResource[];
  readonly routes: PlannedRoute[];
}

/** Says for everything new in which file it goes: where its resource is declared, or a file of its own. */
export function placeAdditions(
  plan: ImportPlan,
  merged: MergedFacts,
  { index, files }: { readonly index: PolicyIndex; readonly files: ImportPaths },
): ReadonlyMap<string, AddedContent> {
  const placed = new Map<string, GrowingContent>();
  const at = (path: string): GrowingContent => {
    const content = placed.get(path) ?? { roles: [], resources: [], routes: [] };
    placed.set(path, content);
    return content;
  };
  const fileFor = (resource: string) =>
    index.resourcePlaces.get(resource)?.document.source.path ?? files.fileOf(resource);
  const ofRoutes = new Set(plan.routes.flatMap(({ resource }) => resource ?? []));
  const added = {
    roles: new Set(merged.roles.added),
    resources: new Set(merged.resources.added),
    routes: new Set(merged.routes.added),
  };
  for (const role of plan.roles) if (added.roles.has(role.name)) at(files.main).roles.push(role);
  for (const resource of plan.resources) {
    if (!added.resources.has(resource.name)) continue;
    // The resource that nobody has a permission of belongs to no tag.
    const path = ofRoutes.has(resource.name) ? fileFor(resource.name) : files.main;
    at(path).resources.push(resource);
  }
  for (const route of plan.routes) {
    if (!added.routes.has(factKey(route.method, route.segments))) continue;
    at(route.resource === undefined ? files.main : fileFor(route.resource)).routes.push(route);
  }
  return placed;
}
