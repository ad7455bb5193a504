import type { IncomingMessage } from "node:http";
import { currentContext } from "../async-context.js";
import { checkInputs } from "../conditions/check-inputs.js";
import { GateError } from "../gate-error.js";
import { readParams } from "../decide.js";
import type { LoadedResources, ResourceLoaders } from "../gate-features.js";
import { contextOf } from "../request-context.js";
import type { RequestContext } from "../request-context.js";
import { routeOf } from "../snapshot.js";
import type { SerializedResource } from "../snapshot-format.js";

/** What was loaded for a request, by resource; a weak map, so that it lives as long as the request. */
const loadedFor = new WeakMap<RequestContext, Map<string, LoadedResources>>();

/** Loads a resource once for a request; null where it does not exist. */
export function loadResource(
  context: RequestContext,
  request: IncomingMessage,
  { name, fields }: SerializedResource,
  loaders: ResourceLoaders,
): LoadedResources {
  const loaded = loadedFor.get(context) ?? new Map<string, LoadedResources>();
  loadedFor.set(context, loaded);
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const load = async () => {
    const { authentication, located, policy } = context;
    const route = located?.route ?? -1;
    const found = await loaders[name]?.(request, {
      params: route === -1 ? {} : readParams(policy.snapshot, route, located?.path ?? ""),
      principal: authentication?.kind === "principal" ? authentication.principal : null,
      route: route === -1 ? null : routeOf(policy.snapshot, route).id,
    });
    // Untyped code may answer undefined for what it does not find.
    if (found === null || found === undefined) return null;
    const misfit = checkInputs(fields, found);
    if (misfit !== undefined) {
      const what = misfit === "" ? "the resource" : `\`${misfit}\``;
      throw new GateError(
        "unavailable",
        `the loader of \`${name}\`: ${what} does not fit the policy`,
      );
    }
    return found;
  };
  const loading = load();
  loaded.set(name, loading);
  return loading;
}

/**
 * What the gate loaded for a request: null where it does not exist, undefined where no decision asked for it.
 * Without a request, for the one that the running code works for.
 */
export async function loadedResource(
  name: string,
  request?: IncomingMessage,
): Promise<object | null | undefined> {
  const context = request === undefined ? currentContext() : contextOf(request);
  return context === undefined ? undefined : loadedFor.get(context)?.get(name);
}
