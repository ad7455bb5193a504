import { expect, it } from "vitest";
import { buildModel } from "../../../generator/3-model/build-model.js";
import { lintModel } from "../../../generator/4-lint/lint-model.js";
import { documentOf } from "../documents-of.js";

const actions = new Map([
  ["GET", "read"],
  ["POST", "create"],
  ["PATCH", "update"],
  ["DELETE", "remove"],
]);
const numbers = (length: number) => Array.from({ length }, (_, number) => number);

/** 2 000 roles in a tree, and 2 500 patterns with four methods each. */
function largePolicy(patternOf: (number: number) => string): string {
  const resources = numbers(100).map((n) => [`r${n}`, { actions: [...actions.values()] }]);
  const roles = numbers(2000).map((n) => [
    `role${n}`,
    { inherits: n === 0 ? [] : [`role${(n - 1) >> 1}`], grants: `r${n % 100}.*` },
  ]);
  const routes = numbers(2500).map((n) => [
    patternOf(n),
    Object.fromEntries([...actions].map(([method, action]) => [method, `r${n % 100}.${action}`])),
  ]);
  const token = {
    issuer: "i",
    audience: "a",
    algorithms: ["ES256"],
    keys: { environment: "KEYS" },
  };
  return JSON.stringify({
    resources: Object.fromEntries(resources),
    roles: Object.fromEntries(roles),
    routes: Object.fromEntries([
      ...routes,
      ["/**", { PUT: { access: "authenticated", catchAll: "every path takes part" } }],
    ]),
    tokens: { token },
  });
}

it.each([
  ["apart", (n: number) => `/api/r${n}/:id`],
  ["overlapping", (n: number) => (n % 2 === 0 ? `/:a/:b/x${n}` : `/*/y${n}/*`)],
])("resolves and lints 10 000 routes that lie %s", (_, patternOf) => {
  const { model, diagnostics } = buildModel([documentOf(largePolicy(patternOf))]);
  expect(diagnostics).toEqual([]);
  expect(model?.routes).toHaveLength(10_001);
  const findings = model === undefined ? [] : lintModel(model);
  expect(findings.filter(({ code }) => code === "method-falls-through")).toHaveLength(2500);
});
