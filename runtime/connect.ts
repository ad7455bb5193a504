import { locate } from "./decide.js";
import { isConnect } from "./http.js";
import type { HostRequest } from "./http.js";
import type { Problem } from "./problem.js";
import type { RequestContext } from "./request-context.js";

/** Each is two more looks at the trie; no honest path has so many. */
const MAX_DOTS = 16;

/** Why a request must not go on to handlers of Connect by its path alone; undefined where it may. */
export function refuseForConnect(
  request: HostRequest,
  context: RequestContext,
): Problem | undefined {
  if (!isConnect(request)) return undefined;
  if (context.policy.snapshot.source.router.caseSensitive) {
    const detail =
      "Connect folds case, which is not what the policy says under `router.caseSensitive`";
    return { code: "host-mismatch", detail };
  }
  return refuseSplit(request, context);
}

/**
 * Connect takes a dot for the end of a mount path: what is mounted at `/admin` also gets `/admin.bak`, as
 * `/.bak`. Refuses a path whose part before a dot another rule decides than the path itself.
 */
export function refuseSplit(
  request: HostRequest,
  { located, method, policy }: RequestContext,
): Problem | undefined {
  if (!isConnect(request) || located === undefined) return undefined;
  const { path, route } = located;
  const meetsOther = (other: string) => {
    const met = locate(policy.snapshot, method ?? "", other);
    return met.refusal !== undefined || (met.route !== -1 && met.route !== route);
  };
  const dots = [...path.matchAll(/(?<=[^/])[.]/g)].map(({ index }) => index);
  const isSplit =
    dots.length > MAX_DOTS ||
    dots.some((dot) => {
      const mount = path.slice(0, dot);
      return meetsOther(mount) || meetsOther(`${mount}/${path.slice(dot)}`);
    });
  if (!isSplit) return undefined;
  return { code: "invalid-target", detail: "the path meets another rule where it ends at a dot" };
}
