import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SerializedSnapshot } from "@gatewright/runtime/abi";
import { createRevocations } from "@gatewright/runtime/revocations";
import { documentWith, ringOf } from "../runtime/ring/ring-desk.js";
import { createOracle } from "../oracle/create-oracle.js";
import type { Oracle, OracleRequest } from "../oracle/create-oracle.js";
import { arbitraryCase } from "./arbitrary-case.js";
import { compileSnapshot, samplePolicyWithoutLog } from "./compile-policy.js";
import { derivePaths } from "./derive-paths.js";
import {
  difference,
  expectChain,
  expectClosed,
  expectPermission,
  expectWrongGuard,
} from "./expect-http.js";
import type { Expected } from "./expect-http.js";
import * as listeners from "./listeners.js";
import type { Listener } from "./listeners.js";
import { serveGate, serveOnce } from "./serve-gate.js";
import type { ServeOptions } from "./serve-gate.js";
import { createTokenMaker } from "./token-maker.js";
import type { TokenMaker } from "./token-maker.js";

interface Trial {
  readonly request: OracleRequest;
  readonly expected: Expected;
  /** Of the header `x-guard`. */
  readonly guard?: string;
}

interface Arena {
  readonly oracle: Oracle;
  readonly snapshot: SerializedSnapshot;
  readonly tokens: TokenMaker;
  readonly options?: ServeOptions;
}

/** Sends every request to a gate behind a server; what came out otherwise than expected. */
async function disagreements(
  { oracle, snapshot, tokens, options = {} }: Arena,
  listener: Listener,
  trials: readonly Trial[],
): Promise<readonly object[]> {
  const requests = await Promise.all(
    trials.map(async ({ request: { method, target, roles, claims }, guard = "" }) => ({
      method,
      target,
      headers: { ...(await tokens.authorize(roles, claims)), "x-guard": encodeURIComponent(guard) },
    })),
  );
  const { environment } = tokens;
  const served = serveGate(snapshot, environment, (gate) => listener(gate, snapshot), options);
  const { responses, records } = await serveOnce(served, requests);
  const found = trials.flatMap(({ request, expected }, index) => {
    const response = responses[index];
    if (response === undefined) return [{ request, seen: "no answer" }];
    return difference(oracle, request, expected, { response, records }) ?? [];
  });
  return records.size === trials.length ? found : [...found, { records: records.size }];
}

/** What reaches the gate as it is: node:http answers some targets itself, and Express a few of the others. */
function isSendable({ target }: OracleRequest): boolean {
  const isStarted = target.startsWith("/") || target === "*" || target.startsWith("http://");
  // Express takes `//a@#` for a host without a path and answers 404 before any handler runs.
  const isHost = target.startsWith("//") && target.includes("@") && target.includes("#");
  return isStarted && !isHost && !/[^\u0021-\u007e]/.test(target);
}

const plainListeners = {
  "the mount helper on Express": listeners.mounted,
  "the mount helper on node:http": listeners.mountedBare,
  "the global gate": listeners.gatedGlobally,
};

describe("the sample policy over HTTP", async () => {
  const sources = samplePolicyWithoutLog();
  const oracle = createOracle(sources.map(({ text }) => text));
  const tokens = await createTokenMaker(
    {
      issuer: "https://id.order-desk.example",
      audience: "order-desk",
      variable: "ORDER_DESK_JWKS",
      lifetime: 1800,
      claimsFor: (roles) => ({
        realm_access: { roles },
        tenant: "north",
        acr: "urn:order-desk:mfa",
        auth_time: Math.floor(Date.now() / 1000),
      }),
    },
    "ES256",
  );
  // Of the caller's own desk, taken by the caller and small: no condition speaks against anything.
  const resources = { orders: () => ({ desk: "north", ownerId: "somebody", total: 1 }) };
  const snapshot = compileSnapshot(sources);
  // No caller has a token of the service's own: they are decided alike, whoever issued them.
  const rings = { pages: ringOf(documentWith(["ES256"])) };
  const options = { resources, rings, revocations: createRevocations(snapshot) };
  const arena = { oracle, snapshot, tokens, options };
  const roles = [...oracle.policy.roles.keys()];
  const callers = [null, [], ["unknown"], ...roles.map((role) => [role]), roles];
  const methods = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

  const routes = arena.snapshot.routes.flatMap(({ pattern }) => {
    const target = pattern.replace(/:[^/]+|[*]+/g, "7");
    return methods.flatMap((method) => callers.map((held) => ({ method, target, roles: held })));
  });
  // Two callers and methods for each path near a pattern: all of them are `explain`'s part.
  const near = derivePaths(oracle.policy).flatMap((target, index) =>
    [0, 1].map((turn) => ({
      target,
      method: methods[(index + turn * 3) % methods.length] ?? "GET",
      roles: callers[(index * 3 + turn) % callers.length] ?? null,
    })),
  );
  const requests = [...routes, ...near].filter(isSendable);
  const trials = requests.map((request) => ({ request, expected: oracle.answerByRoles(request) }));

  it.each(
    Object.entries({
      ...plainListeners,
      "the global gate before routes of Express": listeners.handRegistered,
      "guards on routes of Express": listeners.handGuarded,
    }),
  )("is decided alike by %s", async (_, listener) => {
    expect(await disagreements(arena, listener, trials)).toEqual([]);
  });

  it("is decided alike by every guard in a chain", async () => {
    const guarded = trials.map((trial) => ({ ...trial, guard: trial.expected.route ?? "" }));
    expect(await disagreements(arena, listeners.guardedByRoute, guarded)).toEqual([]);
  });
});

describe("random policies over HTTP", async () => {
  const tokens = await createTokenMaker(
    {
      issuer: "https://issuer.example",
      audience: "test",
      variable: "TEST_KEY",
      claimsFor: (roles) => ({ roles }),
    },
    "HS256",
  );

  const expectAgreement = async (
    runs: number,
    listener: Listener,
    trialFor: (oracle: Oracle, request: OracleRequest, index: number) => Trial,
  ) => {
    await fc.assert(
      fc.asyncProperty(arbitraryCase(40), async ({ sources, requests }) => {
        const oracle = createOracle(sources.map(({ text }) => text));
        const arena = { oracle, snapshot: compileSnapshot(sources), tokens };
        const trials = requests
          .filter(isSendable)
          .map((request, index) => trialFor(oracle, request, index));
        const printed = sources.map(({ text }) => text).join("\n");
        expect(await disagreements(arena, listener, trials), printed).toEqual([]);
      }),
      { numRuns: runs, endOnFailure: true },
    );
  };

  it.each(Object.entries(plainListeners))("are decided alike by %s", async (_, listener) => {
    await expectAgreement(25, listener, (oracle, request) => ({
      request,
      expected: oracle.answer(request),
    }));
  });

  it("are decided alike by the guard of the route", async () => {
    await expectAgreement(25, listeners.guardedByRoute, (oracle, request) => {
      const expected = expectChain(oracle, request);
      return { request, expected, guard: expected.route ?? "" };
    });
  });

  it("never pass the guard of another route, nor a chain without a guard", async () => {
    await expectAgreement(25, listeners.guardedByRoute, (oracle, request, index) => {
      const { route } = oracle.answer(request);
      const others = oracle.policy.routes
        .map(({ method, segments }) => `${method} /${segments.join("/")}`)
        .filter((id) => id !== route);
      const guard = index % 2 === 0 ? others[index % others.length] : undefined;
      return guard === undefined
        ? { request, expected: expectClosed(oracle, request) }
        : { request, expected: expectWrongGuard(oracle, request), guard };
    });
  });

  it("are decided alike by permission guards", async () => {
    await expectAgreement(25, listeners.guardedByPermission, (oracle, request, index) => {
      const guard = oracle.policy.permissions[index % oracle.policy.permissions.length] ?? "";
      return { request, expected: expectPermission(oracle, request, guard), guard };
    });
  });
});
