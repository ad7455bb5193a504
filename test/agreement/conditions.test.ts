import * as runtime from "@gatewright/runtime";
import { explain, loadSnapshot } from "@gatewright/runtime";
import type { Explanation, RequestRecord, Snapshot } from "@gatewright/runtime";
import type { SerializedSnapshot } from "@gatewright/runtime/abi";
import { createCan } from "@gatewright/runtime/abi/can";
import * as clauses from "@gatewright/runtime/abi/clauses";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PolicyModel } from "../../generator/3-model/policy-model.js";
import { explainRequest } from "../../generator/command-line/explain-request.js";
import { principalOf } from "../oracle/condition-inputs.js";
import { createOracle } from "../oracle/create-oracle.js";
import type { Oracle, OracleRequest } from "../oracle/create-oracle.js";
import { readActor } from "../oracle/read-actor.js";
import { arbitraryClauseCase, NOW } from "./arbitrary-clauses.js";
import { compilePolicy, compileSnapshot } from "./compile-policy.js";
import { createDecider } from "./decide-with-bufbuild.js";
import { difference } from "./expect-http.js";
import { loadBehind } from "./load-behind.js";
import * as listeners from "./listeners.js";
import type { Listener } from "./listeners.js";
import type { LoosePolicy } from "./loose-policy.js";
import type { RawResponse } from "./raw-client.js";
import { seenIn, serveGate, serveOnce } from "./serve-gate.js";
import type { ServeOptions } from "./serve-gate.js";
import { createTokenMaker } from "./token-maker.js";

const decide = createDecider();

describe("random policies with conditions", async () => {
  const tokens = await createTokenMaker(
    {
      issuer: "https://issuer.example",
      audience: "test",
      variable: "TEST_KEY",
      claimsFor: (roles) => ({ roles, exp: NOW / 1000 + 60 }),
    },
    "HS256",
  );

  const disagreements = async (
    oracle: Oracle,
    snapshot: SerializedSnapshot,
    {
      listener,
      requests,
    }: { readonly listener: Listener; readonly requests: readonly OracleRequest[] },
  ) => {
    const trials = requests.map((request) => ({ request, expected: oracle.answer(request) }));
    const served = serveGate(snapshot, tokens.environment, (gate) => listener(gate, snapshot), {
      now: () => NOW,
      onError: () => undefined,
      resources: loadersOf(requests),
    });
    const sent = trials.map(async ({ request, expected: { route } }, index) => ({
      method: request.method,
      target: request.target,
      headers: {
        ...(await tokens.authorize(request.roles, request.claims)),
        ...Object.fromEntries(request.headers ?? []),
        "x-guard": encodeURIComponent(route ?? ""),
        "x-case": String(index),
      },
    }));
    const { responses, records } = await serveOnce(served, await Promise.all(sent));
    return trials.flatMap(({ request, expected }, index) => {
      const response = responses[index];
      if (response === undefined) return [{ request, seen: "no answer" }];
      const found = difference(oracle, request, expected, { response, records });
      if (found !== undefined) return [found];
      const record = recordOf(response, records);
      const isTold = record === undefined || expected.cause === undefined;
      return isTold || record.cause === expected.cause ? [] : [{ request, expected, record }];
    });
  };

  it.each<readonly [string, Listener]>([
    ["the mount helper", listeners.mountedBare],
    ["the global gate on Express", listeners.gatedGlobally],
    ["the guard of the route", listeners.guardedByRoute],
  ])("are decided alike by %s", async (_, listener) => {
    const seen = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(arbitraryClauseCase(40), async ({ sources, requests }) => {
        const [{ text } = { text: "" }] = sources;
        const oracle = createOracle([text], decide);
        for (const request of requests) {
          const { status, reason, cause = reason } = oracle.answer(request);
          const isActed = status === 200 && readActor(oracle.policy, request) !== undefined;
          for (const name of [`${status} ${cause}`, ...(isActed ? ["200 by an actor"] : [])]) {
            seen.set(name, (seen.get(name) ?? 0) + 1);
          }
        }
        const snapshot = compileSnapshot(sources);
        expect(await disagreements(oracle, snapshot, { listener, requests }), text).toEqual([]);
      }),
      { numRuns: 40, endOnFailure: true },
    );
    // Each line of the table is met, and passing is no exception.
    const rare = answers.filter((answer) => !seen.has(answer));
    expect(rare, JSON.stringify([...seen])).toEqual([]);
    expect(seen.get("200 granted")).toBeGreaterThan(200);
  });

  it("are decided alike by `explain`", async () => {
    let open = 0;
    let decided = 0;
    await fc.assert(
      fc.asyncProperty(arbitraryClauseCase(40), async ({ sources, requests }) => {
        const [{ text } = { text: "" }] = sources;
        const oracle = createOracle([text], decide);
        const { model, snapshot } = compilePolicy(sources);
        const policy = { model, snapshot: loadSnapshot(snapshot) };
        for (const request of requests) {
          const wanted = oracle.answer(request);
          const { explanation, conditions: behind } = await explainAsked(policy, request);
          const { outcome, status, reason } = explanation;
          const asked = `${JSON.stringify({ request, explanation, behind })}\n${text}`;
          if (outcome === "depends") {
            open += 1;
            expect(isAllSaid(explanation, request), asked).toBe(false);
            continue;
          }
          decided += 1;
          // Where it is open what comes first, another reason may refuse as well.
          const isLater = wanted.cause === "absent" || wanted.cause === "resource-loader";
          const said = { status, reason: reason === "conditional" ? "granted" : reason };
          if (outcome === "deny" && isLater) continue;
          expect(said, asked).toEqual({ status: wanted.status, reason: wanted.reason });
          if (wanted.cause !== undefined && wanted.cause !== "actor")
            expect(behind?.cause, asked).toBe(wanted.cause);
        }
      }),
      { numRuns: 60, endOnFailure: true },
    );
    expect(decided).toBeGreaterThan(1500);
    expect(open).toBeLessThan(decided / 3);
  });

  it("are decided alike by `can`", () => {
    const can = createCan<LoosePolicy, Record<string, unknown>>(
      clauses.createClauseJudge({ digest: "", functions: [] }),
    );
    let passed = 0;
    let asked = 0;
    fc.assert(
      fc.property(arbitraryClauseCase(20), ({ sources, requests }) => {
        const [{ text } = { text: "" }] = sources;
        const oracle = createOracle([text], decide);
        const snapshot = loadSnapshot(compileSnapshot(sources));
        for (const request of requests) {
          const { roles, claims = {}, resources = {} } = request;
          // There is no principal for a token that is refused.
          if (roles === null || readActor(oracle.policy, request) === "refused") continue;
          const principal = principalOf(oracle.policy, request);
          for (const permission of oracle.policy.permissions) {
            const resource = resources[permission.split(".")[0] ?? ""] ?? undefined;
            const wanted = oracle.can({ roles, claims, permission, resource });
            const who = principal as LoosePolicy["principal"];
            const said = can({ snapshot: () => snapshot }, who, permission, resource);
            const question = JSON.stringify({ principal, permission, resource });
            expect(said, `${question}\n${text}`).toBe(wanted);
            asked += 1;
            if (said) passed += 1;
          }
        }
      }),
      { numRuns: 60, endOnFailure: true },
    );
    expect(asked).toBeGreaterThan(5000);
    expect(passed).toBeGreaterThan(500);
  });
});

const answers = [
  "200 by an actor",
  "401 missing-credentials",
  "401 invalid-token",
  "403 actor",
  "403 forbidden",
  "403 insufficient-scope",
  "401 insufficient-user-authentication",
  "503 resource-loader",
  "404 absent",
  "403 absent",
  "403 tenant",
  "403 denied",
  "403 condition",
];

/** What the command line says of a request: all that is known, of resources one. */
async function explainAsked(
  policy: { readonly model: PolicyModel; readonly snapshot: Snapshot },
  request: OracleRequest,
) {
  const { method, target, roles, claims, headers = [] } = request;
  const needed = explain(policy.snapshot, request).permissions.map(resourceIn);
  const resource = policy.snapshot.source.resources.find(({ name }) => needed.includes(name));
  return explainRequest({ runtime, loadBehind }, policy, {
    request: { method, target },
    caller:
      roles === null ? { kind: "anonymous" } : { kind: "claims", claims: { ...claims, roles } },
    resource: request.resources?.[resource?.name ?? ""] ?? undefined,
    headers: headers.map(([name, value]) => ({ name: name.toLowerCase(), value })),
    ip: "127.0.0.1",
    now: new Date(NOW),
  });
}

/** Whether the request needs one type of resource alone, and that is found. */
function isAllSaid({ permissions }: Explanation, { resources = {} }: OracleRequest): boolean {
  const names = new Set(permissions.map(resourceIn));
  return names.size === 1 && [...names].every((name) => Boolean(resources[name]));
}

function resourceIn({ name }: { readonly name: string }): string {
  return name.slice(0, name.indexOf("."));
}

/** Where the loader fails it does so by turns: it throws, or finds what does not fit. */
function loadersOf(requests: readonly OracleRequest[]): NonNullable<ServeOptions["resources"]> {
  const load = (name: string) => (request: { readonly headers: object }) => {
    const index = Number(Reflect.get(request.headers, "x-case"));
    const resource = requests[index]?.resources?.[name];
    if (resource === undefined && index % 2 === 0) throw new Error("no database");
    return resource === undefined ? { ownerId: 1 } : resource;
  };
  return { orders: load("orders"), notes: load("notes") };
}

/** The record that an answer names; undefined for a refused HEAD, which has no body. */
function recordOf(
  response: RawResponse,
  records: ReadonlyMap<string, RequestRecord>,
): RequestRecord | undefined {
  const instance: unknown = response.body.startsWith("{")
    ? JSON.parse(response.body).instance
    : seenIn(response)?.id;
  return records.get(String(instance).replace("urn:uuid:", ""));
}
