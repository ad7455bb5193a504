import type { PolicyEntry, PolicyNode } from "../1-load/policy-document.js";
import type { MaskModel } from "./audit-events-model.js";
import { reportRouteConflicts } from "./report-route-conflicts.js";
import { routeMethods } from "./methods.js";
import type { Report } from "./mistake.js";
import { parsePattern, printPattern } from "./parse-pattern.js";
import type { PatternSegment } from "./parse-pattern.js";
import type { AuthenticationModel } from "./authentication-model.js";
import type { CorsModel, RequirementsModel, RouteModel, RouterModel } from "./policy-model.js";
import type { SegmentModel } from "./segment-model.js";
import { quoteText } from "./quote-text.js";
import { entriesOf, textOf, valueAt } from "./read-node.js";
import { createFindStrategies } from "./resolve-authentication.js";
import { createFindCors } from "./resolve-cors.js";
import { createFindResponse } from "./resolve-responses.js";
import { resolveParams } from "./resolve-params.js";
import type { ParamDeclaration } from "./resolve-params.js";
import type { DeclaredPermissions } from "./resolve-permissions.js";
import {
  noRequirements,
  reportPublicRequirements,
  resolveRequirements,
} from "./resolve-requirements.js";
import { resolveRule } from "./resolve-rule.js";
import { compareText } from "./sort-names.js";
import { createSuggestName } from "./suggest-name.js";

export interface RouteScope {
  readonly declared: DeclaredPermissions;
  readonly router: RouterModel;
  readonly cors: readonly CorsModel[];
  readonly authentication: AuthenticationModel;
  readonly responses: readonly PolicyEntry[];
  /** The mask that a class names; undefined for what is public. */
  readonly classOf: (node: PolicyNode) => MaskModel | undefined;
}

/** A method's bits live in one word of the trie, whose sign bit stays free. */
const MAX_METHODS = 31;

/** What a path says about all below it. */
const GROUP_KEYS: ReadonlySet<string> = new Set([
  "params",
  "cors",
  "authentication",
  "scopes",
  "stepUp",
  "audit",
]);

/** The prefix that a part of `routes` stands below. */
interface Prefix {
  readonly segments: readonly PatternSegment[];
  readonly params: ReadonlyMap<string, ParamDeclaration>;
  readonly cors: CorsModel | undefined;
  readonly strategies: readonly string[];
  readonly requirements: RequirementsModel;
  readonly auditCategory: RouteModel["auditCategory"];
  /** Whether a mistake in the path keeps its routes out of the model. */
  readonly isBroken: boolean;
}

/** Unfolds the nested `routes` to one route per method and full path, sorted by id. */
export function resolveRoutes(
  entries: readonly PolicyEntry[],
  scope: RouteScope,
  report: Report,
): readonly RouteModel[] {
  const suggestMethod = createSuggestName([...routeMethods, ...GROUP_KEYS]);
  const routes: RouteModel[] = [];
  const findCors = createFindCors(scope.cors, report);
  const cors = scope.cors.find(({ isDefault }) => isDefault);
  const findResponse = createFindResponse(scope.responses, report);
  const findStrategies = createFindStrategies(scope.authentication.strategies, report);
  visit(entries, {
    segments: [],
    params: new Map(),
    cors,
    strategies: scope.authentication.default,
    requirements: noRequirements,
    auditCategory: undefined,
    isBroken: false,
  });
  reportRouteConflicts(routes, scope.router, report);
  reportTooManyMethods(routes, report);
  return routes.toSorted((a, b) => compareText(a.id, b.id));

  function visit(body: readonly PolicyEntry[], prefix: Prefix): void {
    for (const entry of body) {
      if (entry.key.startsWith("/")) visitPath(entry, prefix);
      else if (routeMethods.has(entry.key)) visitMethod(entry, prefix);
      else if (!GROUP_KEYS.has(entry.key) || body === entries) {
        report({
          code: "unknown-method",
          message: `${quoteText(entry.key)} is neither a path nor a method`,
          at: entry.keyAt,
          help: suggestMethod(entry.key) ?? "start a path with `/`; write methods in capitals",
        });
      }
    }
  }

  function visitPath(entry: PolicyEntry, prefix: Prefix): void {
    const { segments, problems } = parsePattern(entry.key, prefix.segments, scope.router);
    // One mistake is said once: what stands below a broken path is read for its own mistakes only.
    if (!prefix.isBroken) for (const problem of problems) report({ ...problem, at: entry.keyAt });
    const inherited = { inherited: prefix.params, classOf: scope.classOf };
    const params = resolveParams(entry.value, { segments, ...inherited }, report);
    const isBroken = prefix.isBroken || problems.length > 0;
    const named = entriesOf(entry.value).find(({ key }) => key === "cors");
    const cors = named === undefined ? prefix.cors : findCors(named);
    const strategies = strategiesOf(entry, prefix);
    const requirements = resolveRequirements(entry.value, prefix.requirements, report);
    const auditCategory = auditCategoryOf(entry, prefix);
    const below = { segments, params, cors, strategies, requirements, auditCategory, isBroken };
    visit(entriesOf(entry.value), below);
  }

  /** The nearest that is said counts. */
  function strategiesOf(entry: PolicyEntry, prefix: Prefix): readonly string[] {
    const said = valueAt(entry.value, "authentication");
    return said === undefined ? prefix.strategies : findStrategies(said);
  }

  function visitMethod(entry: PolicyEntry, prefix: Prefix): void {
    const rule = resolveRule(entry, scope.declared, report);
    findResponse(entry);
    if (rule === undefined || prefix.isBroken) return;
    if (rule.access === "public") reportPublicRequirements(entry.value, report);
    const strategies = strategiesOf(entry, prefix);
    const readsNone = rule.access === "public" && !rule.identityOptional;
    if (readsNone) reportUnreadStrategies(entry, report);
    const pattern = printPattern(prefix.segments);
    const isCatchAll = prefix.segments.at(-1)?.kind === "rest" && rule.access !== "permissions";
    if (isCatchAll && valueAt(entry.value, "catchAll") === undefined) {
      reportCatchAll(entry, pattern, rule.access, report);
    }
    routes.push({
      id: `${entry.key} ${pattern}`,
      method: entry.key,
      pattern,
      segments: prefix.segments.map((segment) => typeSegment(segment, prefix.params)),
      at: entry.keyAt,
      ...rule,
      cors: prefix.cors?.name,
      strategies: readsNone ? scope.authentication.default : strategies,
      requirements:
        rule.access === "public"
          ? noRequirements
          : resolveRequirements(entry.value, prefix.requirements, report),
      auditCategory: auditCategoryOf(entry, prefix),
    });
  }
}

/** The nearest that is said counts. */
function auditCategoryOf(entry: PolicyEntry, prefix: Prefix): RouteModel["auditCategory"] {
  const node = valueAt(entry.value, "audit");
  const name = textOf(node);
  return node === undefined || name === undefined ? prefix.auditCategory : { name, at: node.at };
}

function reportUnreadStrategies(rule: PolicyEntry, report: Report): void {
  const said = entriesOf(rule.value).find(({ key }) => key === "authentication");
  if (said === undefined) return;
  report({
    code: "authentication-on-public",
    message: "`authentication` stands on a public route, which reads no credentials",
    at: said.keyAt,
    help: "leave it out, write `identity: optional` beside it, or `access: authenticated`",
  });
}

function typeSegment(
  segment: PatternSegment,
  params: ReadonlyMap<string, ParamDeclaration>,
): SegmentModel {
  if (segment.kind !== "param") return segment;
  const declared = params.get(segment.name);
  return {
    ...segment,
    type: declared?.type ?? "string",
    encodedSlash: declared?.encodedSlash ?? false,
    shown: declared?.shown,
  };
}

function reportCatchAll(
  method: PolicyEntry,
  pattern: string,
  access: string,
  report: Report,
): void {
  report({
    code: "catch-all-without-reason",
    message: `${quoteText(`${method.key} ${pattern}`)} opens every path below it as ${quoteText(access)}`,
    at: placeOfRule(method.value, method),
    help: `write \`{ access: ${access}, catchAll: <reason> }\`, or name the paths`,
  });
}

function placeOfRule(value: PolicyNode, method: PolicyEntry) {
  return value.kind === "scalar" ? value.at : method.keyAt;
}

function reportTooManyMethods(routes: readonly RouteModel[], report: Report): void {
  const firstUse = new Map<string, RouteModel>();
  for (const route of routes) {
    if (!firstUse.has(route.method)) firstUse.set(route.method, route);
  }
  const excess = [...firstUse.values()][MAX_METHODS];
  if (excess === undefined) return;
  report({
    code: "too-many-methods",
    message: `the policy binds ${firstUse.size} methods, of at most ${MAX_METHODS}`,
    at: excess.at,
    help: "leave out the methods that the service does not serve",
  });
}
