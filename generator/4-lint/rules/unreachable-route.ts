import type { PolicyModel, RouteModel } from "../../3-model/policy-model.js";
import { createAdmissions } from "../admission.js";
import { sharedPaths } from "../overlapping-patterns.js";
import { buildPatternTrie, matchPattern, routeAt } from "../pattern-trie.js";
import type { BoundPattern, PatternTrie } from "../pattern-trie.js";
import { printPath } from "../print-caller.js";
import type { Finding, Rule } from "../rule.js";

/** Why: a rule that no request meets, or that admits nobody, guards nothing and misleads whoever reads it. */
export const unreachableRoute: Rule = {
  name: "unreachable-route",
  severity: "warning",
  *check(model) {
    const trie = buildPatternTrie(model);
    const admissions = createAdmissions(model);
    for (const pattern of trie.patterns) {
      for (const route of pattern.routes) {
        const covered = findCovered(trie, pattern, route);
        if (covered !== undefined) yield covered;
        else if (!admissions.isPassable(route)) yield impassable(model, route);
      }
    }
  },
};

function findCovered(
  trie: PatternTrie,
  pattern: BoundPattern,
  route: RouteModel,
): Finding | undefined {
  let example: { readonly path: string; readonly by: RouteModel } | undefined;
  for (const path of sharedPaths(trie, pattern, pattern)) {
    const winner = matchPattern(trie, path, route.method);
    const by = winner === undefined ? undefined : routeAt(winner, route.method);
    if (by === undefined || by === route) return undefined;
    example ??= { path: printPath(path), by };
  }
  if (example === undefined) return undefined;
  return {
    at: route.at,
    message:
      `more specific patterns take every path of \`${route.id}\`: ` +
      `\`${route.method} ${example.path}\` meets \`${example.by.id}\``,
    help: "remove it, or use one kind of wildcard in the place where the two differ",
    related: [{ message: "the more specific pattern", at: example.by.at }],
  };
}

function impassable(model: PolicyModel, route: RouteModel): Finding {
  const missing = model.permissions.find(
    ({ name, grantedTo }) => grantedTo.length === 0 && route.permissions.includes(name),
  );
  if (missing === undefined) {
    return {
      at: route.at,
      message: `no set of roles passes \`${route.id}\`: whoever is granted what it needs is denied some of it`,
      help: "take a deny out of the roles, or need fewer permissions",
    };
  }
  return {
    at: route.at,
    message: `nobody passes \`${route.id}\`: no role is granted \`${missing.name}\``,
    help: `grant \`${missing.name}\` to a role`,
    related: [{ message: "the permission", at: missing.at }],
  };
}
