import { groupBy } from "./group-by.js";
import type { MixRequest, RequestMix } from "./request-mix.js";
import type { RouteTable, TableRoute } from "./route-table.js";

/**
 * The expected answers, found slowly and obviously: among the routes of the method that match, the one
 * that has a literal where the others have a parameter, read from the left.
 */
export function expectedAnswers(table: RouteTable, mix: RequestMix): readonly number[] {
  const candidates = table.routes.map((route, number) => {
    return { number, segments: route.pattern.split("/"), route };
  });
  // Of another method, length or area none can match, and to try them all takes minutes.
  const groups = groupBy(candidates, ({ segments, route }) => groupKey(route.method, segments));
  return mix.requests.map((request) => answerTo(request, groups, mix.callers));
}

/** A request and its caller, for a message. */
export function describeRequest(request: MixRequest, callers: RequestMix["callers"]): string {
  return `${request.method} ${request.target} as ${callers[request.caller]?.join("+")}`;
}

interface Candidate {
  readonly number: number;
  readonly segments: readonly string[];
  readonly route: TableRoute;
}

function answerTo(
  { method, target, caller }: MixRequest,
  groups: ReadonlyMap<string, readonly Candidate[]>,
  callers: RequestMix["callers"],
): number {
  const path = target.split("?")[0] ?? "";
  const segments = path.split("/");
  const candidates = groups.get(groupKey(method, segments)) ?? [];
  const [best] = candidates
    .filter((candidate) => matches(candidate.segments, segments))
    .toSorted((a, b) => specificity(b).localeCompare(specificity(a)));
  if (best === undefined) return -1;
  const passes = callers[caller]?.some((role) => best.route.roles.has(role)) === true;
  return best.number * 2 + (passes ? 1 : 0);
}

function groupKey(method: string, segments: readonly string[]): string {
  return [method, segments.length, segments[3]].join(" ");
}

function matches(pattern: readonly string[], path: readonly string[]): boolean {
  return pattern.every((segment, index) =>
    segment.startsWith(":") ? path[index] !== "" : segment === path[index],
  );
}

/** One digit per segment, 1 for a literal. */
function specificity({ segments }: Candidate): string {
  return segments.map((segment) => (segment.startsWith(":") ? "0" : "1")).join("");
}
