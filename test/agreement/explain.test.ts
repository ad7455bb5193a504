import { decide, explain, loadSnapshot, maskOf, methodNumber } from "@gatewright/runtime";
import type { Snapshot } from "@gatewright/runtime";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SourceText } from "../../generator/diagnostics/diagnostic.js";
import { createOracle } from "../oracle/create-oracle.js";
import type { Oracle, OracleRequest } from "../oracle/create-oracle.js";
import { arbitraryCase } from "./arbitrary-case.js";
import { compileSnapshot, samplePolicy } from "./compile-policy.js";
import { derivePaths } from "./derive-paths.js";

/** What `explain` and `decide` must say where the oracle says what it says; undefined where they do. */
function disagreement(oracle: Oracle, snapshot: Snapshot, request: OracleRequest) {
  const wanted = oracle.answerByRoles(request);
  const {
    status,
    reason: told,
    route,
    allowedMethods,
  } = explain(snapshot, {
    ...request,
    actorRoles: actorRolesOf(request),
  });
  // Roles are compared here; what stands behind them is compared in `conditions.test.ts`.
  const reason = told === "conditional" ? "granted" : told;
  const said = { status, reason, route, allow: allowedMethods };
  const expected = {
    status: wanted.status,
    reason: wanted.reason,
    route: wanted.route,
    allow: wanted.allow,
  };
  if (JSON.stringify(said) !== JSON.stringify(expected)) return { request, expected, said };
  if (wanted.reason === "invalid-target") return undefined;

  const [path = ""] = request.target.split("?");
  const { mask } = maskOf(snapshot, request.roles ?? []);
  const number = decide(snapshot, methodNumber(snapshot, request.method), path, mask);
  const id = number === -1 ? null : (snapshot.source.routes[number >> 1]?.id ?? "unknown");
  if (id !== wanted.route) return { request, expected: wanted.route, decided: id };
  const isPassed = number !== -1 && (number & 1) === 1;
  const held = oracle.answerByRoles({ ...request, claims: {}, roles: request.roles ?? [] });
  if (id !== null && isPassed === (held.reason === "forbidden")) {
    return { request, expected: held.reason, decided: number };
  }
  return undefined;
}

/** As the token says them; a policy without actors does not ask which they are. */
function actorRolesOf({ claims = {} }: OracleRequest): readonly string[] | undefined {
  const { act } = Object.fromEntries(Object.entries(claims));
  return act === undefined ? undefined : Object(act).roles;
}

/** Beside a disagreement, in place of a search for a smaller policy, which would take minutes. */
function printed(sources: readonly SourceText[]): string {
  return sources.map(({ text }) => text).join("\n");
}

function subsetsOf(names: readonly string[]): readonly (readonly string[])[] {
  const [first, ...others] = names;
  if (first === undefined) return [[]];
  return subsetsOf(others).flatMap((subset) => [subset, [first, ...subset]]);
}

describe("the sample policy", () => {
  const sources = samplePolicy();
  const oracle = createOracle(sources.map(({ text }) => text));
  const snapshot = loadSnapshot(compileSnapshot(sources));
  const methods = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "get"];
  const targets = derivePaths(oracle.policy);
  const roles = [...oracle.policy.roles.keys()];

  it("meets every route and every line of the answer table", () => {
    const answers = targets.flatMap((target) =>
      methods.flatMap((method) =>
        [null, [], roles].map((held) => oracle.answerByRoles({ method, target, roles: held })),
      ),
    );
    const met = new Set(answers.map(({ route }) => route));
    expect(snapshot.source.routes.filter(({ id }) => !met.has(id))).toEqual([]);
    expect([...new Set(answers.map(({ reason }) => reason))].toSorted()).toEqual([
      "authenticated",
      "forbidden",
      "granted",
      "invalid-parameter",
      "invalid-target",
      "method-not-allowed",
      "missing-credentials",
      "not-found",
      "public",
    ]);
  });

  it("is decided alike for every method, target and role", () => {
    const callers = [null, [], ["unknown"], ...roles.map((role) => [role]), roles];
    const found = targets.flatMap((target) =>
      methods.flatMap((method) =>
        callers.flatMap(
          (held) => disagreement(oracle, snapshot, { method, target, roles: held }) ?? [],
        ),
      ),
    );
    expect(found).toEqual([]);
  });

  it("is decided alike for every route and every set of roles", () => {
    const found = snapshot.source.routes.flatMap(({ id }) => {
      const [method = "", pattern = ""] = id.split(" ");
      const target = pattern.replace(/:[^/]+|[*]+/g, "7");
      return subsetsOf(roles).flatMap(
        (held) => disagreement(oracle, snapshot, { method, target, roles: held }) ?? [],
      );
    });
    expect(found).toEqual([]);
  });
});

describe("random policies", () => {
  it("are decided alike on random targets", () => {
    fc.assert(
      fc.property(arbitraryCase(60), ({ sources, requests }) => {
        const oracle = createOracle(sources.map(({ text }) => text));
        const snapshot = loadSnapshot(compileSnapshot(sources));
        for (const request of requests) {
          expect(disagreement(oracle, snapshot, request), printed(sources)).toBeUndefined();
        }
      }),
      { numRuns: 400, endOnFailure: true },
    );
  });

  it("are decided alike on every path near a pattern", () => {
    fc.assert(
      fc.property(arbitraryCase(1), ({ sources, requests }) => {
        const oracle = createOracle(sources.map(({ text }) => text));
        const snapshot = loadSnapshot(compileSnapshot(sources));
        const [{ roles } = { roles: null }] = requests;
        for (const target of derivePaths(oracle.policy)) {
          for (const method of ["GET", "HEAD"]) {
            const request = { method, target, roles };
            expect(disagreement(oracle, snapshot, request), printed(sources)).toBeUndefined();
          }
        }
      }),
      { numRuns: 25, endOnFailure: true },
    );
  });
});
