import { routeMethods } from "../../../3-model/methods.js";
import { printPattern } from "../../../3-model/parse-pattern.js";
import type { PatternSegment } from "../../../3-model/parse-pattern.js";
import type { RouterModel } from "../../../3-model/policy-model.js";
import { quoteText } from "../../../3-model/quote-text.js";
import type { DocumentOperation } from "../1-read/document-operation.js";
import type { Cause } from "../1-read/import-note.js";
import { needsKey } from "../1-read/read-needs.js";
import type { Needs } from "../1-read/read-needs.js";

/** A route before anything is named: the operations that it stands for, and whom it admits. */
export interface DraftRoute {
  readonly method: string;
  readonly segments: readonly PatternSegment[];
  /** At least one; several where a request cannot tell them apart. */
  readonly operations: readonly DocumentOperation[];
  /** Undefined where nobody may pass. */
  readonly needs: Needs | undefined;
  /** What its operations need, where only their form keeps them from a route of their own. */
  readonly wish: Needs | undefined;
}

export interface DraftedRoutes {
  readonly routes: readonly DraftRoute[];
  /** Every operation that is not carried over, with its reason. */
  readonly refusals: ReadonlyMap<DocumentOperation, Cause>;
}

export interface DraftOptions {
  readonly router: RouterModel;
  readonly needsOf: (operation: DocumentOperation) => Needs;
  /** Found so far; the operations' own refusals count besides. */
  readonly refused: ReadonlyMap<DocumentOperation, Cause>;
}

/**
 * Puts operations that one route decides together. Where they need the same, the route carries all of
 * them, also those whose paths are part of its paths only; where they do not, or one of them cannot be
 * carried over, nobody passes it: a request does not say which of them it means.
 */
export function draftRoutes(
  operations: readonly DocumentOperation[],
  options: DraftOptions,
): DraftedRoutes {
  const refusals = new Map<DocumentOperation, Cause>();
  const groups = new Map<string, DocumentOperation[]>();
  for (const operation of operations) {
    const cause = operation.refusal ?? options.refused.get(operation);
    if (cause !== undefined) refusals.set(operation, cause);
    if (operation.segments === undefined || !routeMethods.has(operation.method)) continue;
    const key = routeKey(operation.method, operation.segments, options.router);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [operation]);
    else group.push(operation);
  }
  const routes = [...groups.values()].flatMap((group): readonly DraftRoute[] => {
    const [first] = group;
    if (first?.segments === undefined) return [];
    const { method, segments } = first;
    const draft = { method, segments, operations: group };
    const needs = options.needsOf(first);
    const other = group.find(
      (operation) => needsKey(options.needsOf(operation)) !== needsKey(needs),
    );
    const refused = group.filter((operation) => refusals.has(operation));
    const isMixed = refused.every(
      (operation) => refusals.get(operation)?.code === "openapi-mixed-segment",
    );
    if (other === undefined && isMixed) {
      if (refused.length === group.length) return [{ ...draft, needs: undefined, wish: needs }];
      for (const operation of refused) refusals.delete(operation);
      // The route is in the words of an operation that it fits.
      const exact = group.filter((operation) => !refused.includes(operation));
      const own = exact[0]?.segments ?? segments;
      const operations = [...exact, ...refused];
      return [{ method, segments: own, operations, needs, wish: undefined }];
    }
    for (const operation of group) {
      if (refusals.has(operation)) continue;
      const odd = refused[0] ?? (other === undefined || operation === other ? first : other);
      refusals.set(operation, notDistinct(odd, refused.length > 0));
    }
    return [{ ...draft, needs: undefined, wish: undefined }];
  });
  return { routes, refusals };
}

/** Equal for operations that no request tells apart. */
export function routeKey(
  method: string,
  segments: readonly PatternSegment[],
  router: Pick<RouterModel, "caseSensitive">,
): string {
  const nameless = segments.map((segment) =>
    segment.kind === "param" ? { ...segment, name: "" } : segment,
  );
  const pattern = printPattern(nameless);
  return `${method} ${router.caseSensitive ? pattern : pattern.toLowerCase()}`;
}

function notDistinct(other: DocumentOperation, isRefused: boolean): Cause {
  return {
    code: "openapi-route-not-distinct",
    message: isRefused
      ? `a request of it may as well mean ${quoteText(other.id)}, which is not carried over`
      : `a request of it may as well mean ${quoteText(other.id)}, which needs something else`,
    help: "give the two operations different paths, or write their one route by hand",
  };
}
