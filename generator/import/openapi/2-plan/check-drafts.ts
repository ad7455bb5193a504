import type { PatternSegment } from "../../../3-model/parse-pattern.js";
import type { PolicyModel, RouteModel, RouterModel } from "../../../3-model/policy-model.js";
import { findFallThroughs } from "../../../4-lint/find-fall-throughs.js";
import type { FallThrough } from "../../../4-lint/find-fall-throughs.js";
import { visitLessSpecific } from "../../../4-lint/overlapping-patterns.js";
import { buildPatternTrie, routeAt } from "../../../4-lint/pattern-trie.js";
import type { BoundPattern, PatternTrie } from "../../../4-lint/pattern-trie.js";
import { headWeakerThanGet } from "../../../4-lint/rules/head-weaker-than-get.js";
import type { Diagnostic } from "../../../diagnostics/diagnostic.js";
import { fitsTemplate } from "../1-read/fits-template.js";
import type { Cause } from "../1-read/import-note.js";
import { needsKey } from "../1-read/read-needs.js";
import type { Needs } from "../1-read/read-needs.js";
import { buildDraftModel } from "./build-draft-model.js";
import { routeKey } from "./draft-routes.js";
import type { DraftRoute } from "./draft-routes.js";

export interface CheckedDrafts {
  /** Routes that the compiler would refuse. */
  readonly refusals: ReadonlyMap<DraftRoute, Cause>;
  /** The routes that the policy needs: one that nobody passes only where a wider one would admit somebody. */
  readonly routes: readonly DraftRoute[];
  /** Routes that nobody need be kept from: the wider ones that take their requests admit whom they would. */
  readonly adopted: ReadonlyMap<DraftRoute, DraftRoute>;
  /** Why other methods of a route's pattern may fall to wider patterns. */
  readonly fallThroughs: ReadonlyMap<DraftRoute, string>;
  /** Why the document as a whole cannot become a policy. */
  readonly failures: readonly Diagnostic[];
}

/** A route of the policy that is none of the import's. */
export type ForeignRoute = Pick<DraftRoute, "method" | "segments">;

export interface DraftSurroundings {
  readonly router: RouterModel;
  readonly foreignRoutes: readonly ForeignRoute[];
}

const nothing: CheckedDrafts = {
  refusals: new Map(),
  routes: [],
  adopted: new Map(),
  fallThroughs: new Map(),
  failures: [],
};

/** Asks the compiler's own model and lint about the routes, before any text is written. */
export function checkDrafts(
  drafts: readonly DraftRoute[],
  { router, foreignRoutes }: DraftSurroundings,
): CheckedDrafts {
  const { model, diagnostics } = buildDraftModel(drafts, router);
  if (model === undefined) {
    const found = diagnostics.map(
      (diagnostic) => [drafts[diagnostic.at.start], diagnostic] as const,
    );
    const failures = found.flatMap(([route, diagnostic]) =>
      route === undefined ? diagnostic : [],
    );
    return { ...nothing, failures, refusals: refusalsIn(found) };
  }
  const heads = [...headWeakerThanGet.check(model)].map(
    (finding) =>
      [drafts[finding.at.start], { ...finding, code: "openapi-head-opens-more" }] as const,
  );
  if (heads.length > 0) return { ...nothing, refusals: refusalsIn(heads) };
  const beside = draftForeign(drafts, foreignRoutes);
  const whole = beside.length === 0 ? model : buildDraftModel([...drafts, ...beside], router).model;
  const { unneeded, adopted } = findUnneeded(whole ?? model, [...drafts, ...beside]);
  const routes = drafts.filter((draft) => !unneeded.has(draft));
  const final = unneeded.size === 0 ? model : buildDraftModel(routes, router).model;
  return { ...nothing, routes, adopted, fallThroughs: explainFallThroughs(final, routes) };
}

function refusalsIn(
  found: readonly (readonly [DraftRoute | undefined, Cause])[],
): ReadonlyMap<DraftRoute, Cause> {
  return new Map(
    found.flatMap(([route, { code, message, help }]) => {
      const own = code.startsWith("openapi-") ? code : "openapi-unusable-path";
      return route === undefined
        ? []
        : [[route, { code: own, message, ...(help === undefined ? {} : { help }) }]];
    }),
  );
}

/** Routes beside those of the import, as far as no draft has their place. */
function draftForeign(
  drafts: readonly DraftRoute[],
  foreignRoutes: readonly ForeignRoute[],
): readonly DraftRoute[] {
  const keyOf = ({ method, segments }: ForeignRoute) => {
    const named = segments.map(
      (segment): PatternSegment =>
        segment.kind === "star" ? { kind: "param", name: "" } : segment,
    );
    return routeKey(method, named, { caseSensitive: false });
  };
  const taken = new Set(drafts.map(keyOf));
  const beside = new Map(foreignRoutes.map((route) => [keyOf(route), route]));
  return [...beside]
    .filter(([key]) => !taken.has(key))
    .map(([, route]) => ({ ...route, operations: [], needs: anybody, wish: undefined }));
}

/** Whom a foreign route admits is not asked: that it may admit somebody is enough. */
const anybody: Needs = { kind: "authenticated" };

interface Unneeded {
  readonly unneeded: ReadonlySet<DraftRoute>;
  readonly adopted: ReadonlyMap<DraftRoute, DraftRoute>;
}

/** Of the routes that nobody passes, those without which no request gets further than the document says. */
function findUnneeded(model: PolicyModel, drafts: readonly DraftRoute[]): Unneeded {
  const trie = buildPatternTrie(model);
  const unneeded = new Set<DraftRoute>();
  const adopted = new Map<DraftRoute, DraftRoute>();
  for (const pattern of trie.patterns) {
    for (const { at, method } of pattern.routes) {
      const draft = drafts[at.start];
      if (draft === undefined || draft.needs !== undefined) continue;
      const wider = widerRoutes(trie, pattern, method).flatMap(
        (route) => drafts[route.at.start] ?? [],
      );
      const taking = wider.filter((route) => takesSome(route.segments, draft));
      const open = taking.filter(({ needs }) => needs !== undefined);
      const whole = open.find(({ segments }) => coversAll(segments, draft.segments));
      const { wish } = draft;
      if (open.length === 0) unneeded.add(draft);
      else if (
        wish !== undefined &&
        whole !== undefined &&
        taking.every((route) => route.operations.length > 0 && isAlike(route, wish))
      ) {
        unneeded.add(draft);
        adopted.set(draft, whole);
      }
    }
  }
  return { unneeded, adopted };
}

/** The routes that would decide some request of this pattern and method, were it not bound. */
function widerRoutes(
  trie: PatternTrie,
  pattern: BoundPattern,
  method: string,
): readonly RouteModel[] {
  const wanted = trie.candidates.get(method) ?? 0;
  const get = method === "HEAD" ? pattern.byMethod.get("GET") : undefined;
  const found: RouteModel[] = get === undefined ? [] : [get];
  visitLessSpecific(trie, pattern, {
    wanted,
    visit(other) {
      const route = routeAt(other, method);
      if (route !== undefined) found.push(route);
      return wanted;
    },
  });
  return found;
}

/** Whether a literal where an operation mixes text and parameters is one of the mixtures at all. */
function takesSome(wide: DraftRoute["segments"], { operations }: DraftRoute): boolean {
  return operations.some(({ mixed }) =>
    [...mixed].every(([position, template]) => {
      const segment = wide[position];
      return (
        segment?.kind !== "literal" || fitsTemplate(template, decodeURIComponent(segment.text))
      );
    }),
  );
}

function isAlike({ needs }: DraftRoute, wish: Needs): boolean {
  return needs !== undefined && needsKey(needs) === needsKey(wish);
}

/** Whether one pattern matches every path of another. */
function coversAll(wide: DraftRoute["segments"], narrow: DraftRoute["segments"]): boolean {
  for (const [index, segment] of narrow.entries()) {
    const other = wide[index];
    if (other === undefined || other.kind === "rest") return other !== undefined;
    if (segment.kind === "rest") return false;
    if (other.kind !== "literal") continue;
    if (segment.kind !== "literal" || segment.text.toLowerCase() !== other.text.toLowerCase())
      return false;
  }
  return wide.length === narrow.length || wide[narrow.length]?.kind === "rest";
}

/** The reason stands at one route of the pattern: GET's where there is one. */
function explainFallThroughs(
  model: PolicyModel | undefined,
  routes: readonly DraftRoute[],
): ReadonlyMap<DraftRoute, string> {
  const byPattern = new Map<string, FallThrough[]>();
  for (const found of model === undefined ? [] : findFallThroughs(model)) {
    const group = byPattern.get(found.pattern.pattern);
    if (group === undefined) byPattern.set(found.pattern.pattern, [found]);
    else group.push(found);
  }
  const reasons = new Map<DraftRoute, string>();
  for (const group of byPattern.values()) {
    const bound = group[0]?.pattern.routes ?? [];
    const at = (bound.find(({ method }) => method === "GET") ?? bound[0])?.at.start ?? -1;
    const route = routes[at];
    if (route !== undefined) reasons.set(route, reasonFor(group));
  }
  return reasons;
}

const MAX_NAMED = 3;

/** `PATCH and DELETE are operations of /gists/:gist_id` */
function reasonFor(group: readonly FallThrough[]): string {
  const methods = new Map<string, string[]>();
  for (const { method, weaker } of group) {
    methods.set(weaker.pattern, [...(methods.get(weaker.pattern) ?? []), method]);
  }
  const parts = [...methods].map(
    ([pattern, names]) =>
      `${names.join(" and ")} ${names.length === 1 ? "is an operation" : "are operations"} of ${pattern}`,
  );
  const named = parts.slice(0, MAX_NAMED).join("; ");
  return parts.length > MAX_NAMED ? `${named}; and so on` : named;
}
