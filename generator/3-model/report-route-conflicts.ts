import type { Report } from "./mistake.js";
import type { RouteModel, RouterModel } from "./policy-model.js";
import type { SegmentModel } from "./segment-model.js";
import { quoteText } from "./quote-text.js";

/** Two routes of one method that match the same paths: neither is more specific, so neither may win. */
export function reportRouteConflicts(
  routes: readonly RouteModel[],
  router: RouterModel,
  report: Report,
): void {
  const first = new Map<string, RouteModel>();
  for (const route of routes) {
    const key = `${route.method} ${matchKey(route.segments, router)}`;
    const earlier = first.get(key);
    if (earlier === undefined) {
      first.set(key, route);
      continue;
    }
    const isSame = fold(earlier.pattern, router) === fold(route.pattern, router);
    report({
      code: isSame ? "duplicate-route" : "ambiguous-route",
      message: isSame
        ? `${quoteText(route.id)} is bound twice`
        : `${quoteText(route.id)} and ${quoteText(earlier.id)} match the same paths`,
      at: route.at,
      help: isSame
        ? "keep one of the two"
        : "give the parameters one name, and use either `:name` or `*`",
      related: [{ message: "first bound here", at: earlier.at }],
    });
  }
}

/** Equal for patterns that differ only in parameter names or in `:param` against `*`. */
function matchKey(segments: readonly SegmentModel[], router: RouterModel): string {
  // No literal holds a control character, so these marks collide with none.
  return segments
    .map((segment) => {
      if (segment.kind === "literal") return `/${fold(segment.text, router)}`;
      return segment.kind === "rest" ? "/\u0001" : "/\u0000";
    })
    .join("");
}

/** Policy text is ASCII once it is normalised. */
function fold(text: string, router: RouterModel): string {
  return router.caseSensitive ? text : text.toLowerCase();
}
