import type { PlainRoute, PlainRouter } from "./plain-policy.js";
import { foldCase } from "./spelling.js";

/** The segments that a request's path is matched by: without strict routing, one last slash is nothing. */
export function requestSegments(path: string, router: PlainRouter): readonly string[] {
  const isTrimmed = !router.strict && path.length > 1 && path.endsWith("/");
  const rest = isTrimmed ? path.slice(1, -1) : path.slice(1);
  // A lone slash is the root and has no segments.
  return rest === "" ? [] : rest.split("/");
}

/** The route whose pattern matches and is the most specific, of all that are bound to the method. */
export function findRoute(
  routes: readonly PlainRoute[],
  router: PlainRouter,
  request: { readonly method: string; readonly segments: readonly string[] },
): PlainRoute | undefined {
  // HEAD: all patterns bound to HEAD or GET together; at the same pattern HEAD beats GET.
  const methods = request.method === "HEAD" ? ["HEAD", "GET"] : [request.method];
  let best: PlainRoute | undefined;
  for (const method of methods) {
    for (const route of routes) {
      if (route.method !== method) continue;
      if (!matches(route.segments, request.segments, router)) continue;
      if (best === undefined || isMoreSpecific(route.segments, best.segments)) best = route;
    }
  }
  return best;
}

function matches(
  pattern: readonly string[],
  path: readonly string[],
  router: PlainRouter,
): boolean {
  const [wanted, ...restOfPattern] = pattern;
  const [segment, ...restOfPath] = path;
  if (wanted === "**") return true;
  if (wanted === undefined || segment === undefined) return wanted === segment;
  if (wanted === "*" || wanted.startsWith(":")) {
    return segment !== "" && matches(restOfPattern, restOfPath, router);
  }
  return sameLiteral(wanted, segment, router) && matches(restOfPattern, restOfPath, router);
}

function sameLiteral(literal: string, sent: string, router: PlainRouter): boolean {
  return router.caseSensitive ? literal === sent : foldCase(literal) === foldCase(sent);
}

/** Segment by segment from the left: end > literal > `:param` > `*` > `**`. */
function isMoreSpecific(mine: readonly string[], theirs: readonly string[]): boolean {
  for (let index = 0; index < Math.max(mine.length, theirs.length); index += 1) {
    const difference = rankOf(mine[index]) - rankOf(theirs[index]);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

function rankOf(segment: string | undefined): number {
  if (segment === undefined) return 4;
  if (segment === "**") return 0;
  if (segment === "*") return 1;
  return segment.startsWith(":") ? 2 : 3;
}
