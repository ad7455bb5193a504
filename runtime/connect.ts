import { locate } from "./decide.js";
import { isConnect } from "./http.js";
import type { HostRequest } from "./http.js";
import type { RequestContext } from "./request-context.js";

/** Each is two more looks at the trie; no honest path has so many. */
const MAX_DOTS = 16;

/** Why a request must not go on to handlers of Connect, which read some paths otherwise than the policy. */
export interface ConnectRefusal {
  readonly code: "host-mismatch" | "invalid-target";
  readonly detail: string;
}

/**
 * Connect folds the case of mount paths, whatever the policy says, and takes a dot for their end: what is
 * mounted at `/admin` also gets `/admin.bak`, as `/.bak`. Undefined where neither makes a difference.
 */
export function refuseForConnect(
  request: HostRequest,
  { located, method, policy }: RequestContext,
): ConnectRefusal | undefined {
  if (!isConnect(request) || located === undefined) return undefined;
  const { snapshot } = policy;
  if (snapshot.source.router.caseSensitive) {
    const detail =
      "Connect folds case, which is not what the policy says under `router.caseSensitive`";
    return { code: "host-mismatch", detail };
  }
  const { path, route } = located;
  const dots = [...path.matchAll(/(?<=[^/])[.]/g)].map(({ index }) => index);
  const meetsOther = (other: string) => {
    const met = locate(snapshot, method ?? "", other);
    return met.refusal !== undefined || (met.route !== -1 && met.route !== route);
  };
  const isSplit =
    dots.length > MAX_DOTS ||
    dots.some((dot) => {
      const mount = path.slice(0, dot);
      return meetsOther(mount) || meetsOther(`${mount}/${path.slice(dot)}`);
    });
  if (!isSplit) return undefined;
  return { code: "invalid-target", detail: "the path meets another rule where it ends at a dot" };
}
