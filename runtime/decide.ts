import { routeOf } from "./snapshot.js";
import type { RoleMask, Snapshot } from "./snapshot.js";
import type { SerializedParam } from "./snapshot-format.js";
import { canonicalPath, checkTarget } from "./target.js";
import { FRAGMENT, HAS_ENCODED_SLASH, NEEDS_CANONICAL, SLASH, targetRefusals } from "./target.js";
import { NO_ROUTE, UNCHECKED, walk } from "./trie.js";

/**
 * The integer decision: `route number * 2 + 1` where the roles pass the role check of the route that
 * the method and the path meet, `route number * 2` where they do not, -1 where no route is met.
 * `path` is a checked path without query; one that is refused meets no route. A public or authenticated route passes every mask: whether
 * there is a principal at all is for the caller to know. Allocates nothing.
 */
export function decide(snapshot: Snapshot, method: number, path: string, roles: RoleMask): number {
  let route = matchUnchecked(snapshot, method, path);
  if (route < 0) {
    // A path without segments is written with its slash or without.
    const scan = checkTarget(path === "" ? "/" : path, snapshot.reader, snapshot.trie.matched[0]);
    if (scan < 0) return -1;
    route = matchChecked(snapshot, method, path, matchedLength(snapshot, path, scan >> 2));
    if (route === -1) return -1;
  }
  return route * 2 + (rolesPass(snapshot, route, roles) ? 1 : 0);
}

/**
 * The number by which {@link decide} knows a method, or -1 where no route of the policy is bound to it.
 * HEAD is decided like GET where the policy does not bind it (RFC 9110, section 9.3.2).
 */
export function methodNumber(snapshot: Snapshot, method: string): number {
  const { methodNumbers } = snapshot;
  return methodNumbers.get(method) ?? (method === "HEAD" ? methodNumbers.get("GET") : -1) ?? -1;
}

/** The bit mask of the roles that the policy knows, and the names that it does not. */
export function maskOf(
  snapshot: Snapshot,
  roles: readonly string[],
): { readonly mask: RoleMask; readonly unknown: readonly string[] } {
  const mask = new Int32Array(snapshot.maskWords);
  const unknown: string[] = [];
  for (const role of roles) {
    const number = snapshot.roleNumbers.get(role);
    if (number === undefined) unknown.push(role);
    else mask[number >> 5] = (mask[number >> 5] ?? 0) | (1 << (number & 31));
  }
  return { mask, unknown };
}

/** All permissions of the route: denied to no role of the mask, granted to one. */
export function rolesPass(snapshot: Snapshot, route: number, roles: RoleMask): boolean {
  const only = snapshot.onlyNeeded[route] ?? -1;
  if (only !== -1) return permissionPasses(snapshot, only, roles);
  const permissions = snapshot.source.routes[route]?.permissions;
  if (permissions === undefined) return false;
  for (const permission of permissions) {
    if (!permissionPasses(snapshot, permission, roles)) return false;
  }
  return true;
}

export function permissionPasses(snapshot: Snapshot, permission: number, roles: RoleMask): boolean {
  const words = snapshot.maskWords;
  let granted = 0;
  for (let word = 0; word < words; word += 1) {
    const held = roles[word] ?? 0;
    if ((held & (snapshot.deny[permission * words + word] ?? -1)) !== 0) return false;
    granted |= held & (snapshot.allow[permission * words + word] ?? 0);
  }
  return granted !== 0;
}

/** Where a request target leads: the path to decide on and its route number, or why it is refused. */
export interface Located {
  /** Without query, and without the trailing slash that a router that is not strict ignores. */
  readonly path: string;
  /** -1 where nothing matches. */
  readonly route: number;
  /** Why the target is refused, said of the path. */
  readonly refusal: string | undefined;
}

/**
 * Checks an origin-form request target and finds the route that it leads to: what a gate does first
 * with every request. Throws for no target, however odd.
 */
export function locate(snapshot: Snapshot, method: string, target: string): Located {
  // Hosts that cut a fragment off spell the path anew, even where it stands behind a query.
  if (target.includes("#")) return { path: "", route: -1, refusal: targetRefusals[-1 - FRAGMENT] };
  const number = methodNumber(snapshot, method);
  const found = matchUnchecked(snapshot, number, target);
  const matched = snapshot.trie.matched[0] ?? 0;
  if (found >= 0) {
    return { path: pathOf(target, matched), route: found, refusal: undefined };
  }
  const scan = checkTarget(target, snapshot.reader, matched);
  if (scan < 0) return { path: "", route: -1, refusal: targetRefusals[-1 - scan] };
  const end = matchedLength(snapshot, target, scan >> 2);
  const path = pathOf(target, end);
  // What has been walked to its end need not be walked again.
  const isSettled = found === NO_ROUTE && end === scan >> 2;
  const route = isSettled ? found : matchChecked(snapshot, number, target, end);
  let refusal: string | undefined;
  if ((scan & NEEDS_CANONICAL) !== 0) {
    const canonical = canonicalPath(path);
    if (matchChecked(snapshot, number, canonical, canonical.length) !== route) {
      refusal = "meets another rule in another spelling";
    }
  }
  if ((scan & HAS_ENCODED_SLASH) !== 0 && !slashesAllowed(snapshot, route, path)) {
    refusal ??= "percent-encodes a slash where none is allowed";
  }
  return { path, route: refusal === undefined ? route : -1, refusal };
}

/** The values of a route's parameters, decoded once; undefined where one does not fit its type. */
export function readParams(
  snapshot: Snapshot,
  route: number,
  path: string,
): Record<string, string | number> | undefined {
  const values: Record<string, string | number> = Object.create(null);
  const params = routeOf(snapshot, route).params;
  if (params.length === 0) return values;
  const segments = path.slice(1).split("/");
  for (const param of params) {
    const value = readParam(param, segments);
    if (value === undefined) return undefined;
    values[param.name] = value;
  }
  return values;
}

const INTEGER = /^-?[0-9]+$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function readParam(param: SerializedParam, segments: readonly string[]) {
  if (param.type === "rest") {
    return segments.slice(param.segment).map(decodeURIComponent).join("/");
  }
  const text = decodeURIComponent(segments[param.segment] ?? "");
  if (param.type === "uuid") return UUID.test(text) ? text : undefined;
  if (param.type === "string") return text;
  // The sum turns -0 into 0.
  const value = INTEGER.test(text) ? Number(text) + 0 : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}

/** Checks what it matches; what it does not match is for {@link checkTarget} to judge. */
function matchUnchecked(snapshot: Snapshot, method: number, target: string): number {
  const { length } = target;
  snapshot.trie.matched[0] = 0;
  if (length > snapshot.uncheckedLength || target.charCodeAt(0) !== SLASH) return UNCHECKED;
  return match(snapshot, snapshot.reader.plain, method, target, length);
}

function matchChecked(snapshot: Snapshot, method: number, path: string, end: number): number {
  return match(snapshot, snapshot.reader.checked, method, path, end);
}

// Integers only, like the walk.
function match(
  snapshot: Snapshot,
  classes: Uint8Array,
  method: number,
  path: string,
  end: number,
): number {
  if (method === -1) return NO_ROUTE;
  return walk(snapshot.trie, classes, path, 0, 0, end, snapshot.candidates[method] ?? 0);
}

/** A slice even of all is a call. */
function pathOf(target: string, length: number): string {
  return length === target.length ? target : target.slice(0, length);
}

/** A lone slash has no segments, in a strict router too; a router that is not strict drops a last one. */
function matchedLength(snapshot: Snapshot, path: string, length: number): number {
  const last = length - 1;
  const isDropped =
    last === 0 || (path.charCodeAt(last) === SLASH && !snapshot.source.router.strict);
  return isDropped ? last : length;
}

/** Encoded slashes may lie only in parameters that allow them, and must not hide dot segments. */
function slashesAllowed(snapshot: Snapshot, route: number, path: string): boolean {
  const params = snapshot.source.routes[route]?.params;
  return path
    .slice(1)
    .split("/")
    .every((segment, index) => {
      if (!/%2f/i.test(segment)) return true;
      const param = params?.find((each) => each.segment === index);
      return param?.encodedSlash && !/(^|%2f)\.\.?(;|%2f|$)/i.test(segment);
    });
}
