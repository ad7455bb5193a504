import type { PolicyDocument, PolicyNode } from "../../../1-load/policy-document.js";
import { buildModel } from "../../../3-model/build-model.js";
import type { BuiltModel } from "../../../3-model/build-model.js";
import { printPattern } from "../../../3-model/parse-pattern.js";
import type { RouterModel } from "../../../3-model/policy-model.js";
import type { DraftRoute } from "./draft-routes.js";

/** A policy of these routes alone; the place of each route in it is its number. */
export function buildDraftModel(drafts: readonly DraftRoute[], router: RouterModel): BuiltModel {
  const roles = new Map<string, string[]>();
  const permissions = new Map<string, string>();
  const permissionOf = (clause: readonly string[]) => {
    const key = JSON.stringify(clause);
    const known = permissions.get(key);
    if (known !== undefined) return known;
    const name = `all.p${permissions.size}`;
    permissions.set(key, name);
    for (const role of clause) {
      const grants = roles.get(role);
      if (grants === undefined) roles.set(role, [name]);
      else grants.push(name);
    }
    return name;
  };
  const routes = drafts.map(({ method, segments, needs }, number) => {
    const rule = ruleNode(needs, permissionOf);
    const path = printPattern(segments);
    return {
      key: path,
      keyAt: span(number),
      value: map([{ key: method, keyAt: span(number), value: rule }]),
    };
  });
  const actions = [...permissions.values()].map((name) => scalar(name.slice("all.".length)));
  const document: PolicyDocument = {
    source: { path: "", text: "" },
    root: map([
      entry("resources", map([entry("all", map([entry("actions", list(actions))]))])),
      entry(
        "roles",
        map(
          [...roles].map(([role, grants]) =>
            entry(role, map([entry("grants", list(grants.map(scalar)))])),
          ),
        ),
      ),
      entry("routes", map(routes)),
      entry(
        "router",
        map([
          entry("caseSensitive", scalar(router.caseSensitive)),
          entry("strict", scalar(router.strict)),
          entry("semicolons", scalar(router.semicolons)),
          entry("maxPathLength", scalar(router.maxPathLength)),
        ]),
      ),
      entry("tokens", map([entry("all", anyToken)])),
    ]),
  };
  return buildModel([document]);
}

function ruleNode(
  needs: DraftRoute["needs"],
  permissionOf: (clause: readonly string[]) => string,
): PolicyNode {
  const open = entry("catchAll", scalar("the document says so"));
  if (needs === undefined) return list([scalar(permissionOf([]))]);
  if (needs.kind === "roles") return list(needs.clauses.map(permissionOf).map(scalar));
  return map([entry("access", scalar(needs.kind)), open]);
}

/** Without a token the compiler refuses every guarded route; the values are never used. */
const anyToken = map([
  entry("issuer", scalar("https://issuer.invalid")),
  entry("audience", scalar("all")),
  entry("algorithms", list([scalar("ES256")])),
  entry("keys", map([entry("environment", scalar("KEYS"))])),
]);

function span(start: number) {
  return { file: "", start, end: start };
}

function scalar(value: string | number | boolean): PolicyNode {
  return { kind: "scalar", at: span(-1), value };
}

function list(items: readonly PolicyNode[]): PolicyNode {
  return { kind: "list", at: span(-1), items };
}

function map(entries: readonly ReturnType<typeof entry>[]): PolicyNode & { readonly kind: "map" } {
  return { kind: "map", at: span(-1), entries };
}

function entry(key: string, value: PolicyNode) {
  return { key, keyAt: span(-1), value };
}
