import * as runtime from "@gatewright/runtime";
import { loadSnapshot } from "@gatewright/runtime";
import { describe, expect, it } from "vitest";
import { explainRequest } from "../../generator/command-line/explain-request.js";
import type { Caller } from "../../generator/command-line/read-caller.js";
import { sourcesOf } from "../runtime/authenticate/token-desk.js";
import {
  backupMachine,
  get,
  jwtOf,
  machine,
  openStrategyDesk,
  partnerKey,
  strategyPolicy,
  withBearer,
} from "../runtime/strategies/strategy-desk.js";
import { compilePolicy } from "./compile-policy.js";
import { loadBehind } from "./load-behind.js";
import type { RawRequest } from "./raw-client.js";

const targets = [
  ..."/me /orders /open /free /guests /everybody /sessions /sessions/all /devices".split(" "),
  ..."/machines /machines/open /backups /partners /badges /nowhere //orders".split(" "),
];

/** Credentials as a request carries them, and as they are said on the command line, with strategy and without. */
interface Credentials {
  readonly name: string;
  readonly send: (target: string) => RawRequest;
  readonly said: readonly Caller[];
}

/** Roles alone do not say that a token is bound to a key. */
function said(strategy: string, claims: object): readonly Caller[] {
  const roles = ["clerk"];
  const actorRoles = "act" in claims ? roles : undefined;
  const byRoles: Caller = { kind: "roles", roles, actorRoles, strategy };
  const byClaims: Caller = { kind: "claims", claims: { sub: "u1", roles, ...claims }, strategy };
  return "cnf" in claims ? [byClaims] : [byClaims, byRoles];
}

function tokenOf(name: "id" | "other", strategy: string, more: object = {}): Credentials {
  const claims = { iss: `https://${name}.example`, roles: ["clerk"], ...more };
  const unnamed: Caller = { kind: "claims", claims: { sub: "u1", ...claims } };
  return {
    name: `a token of ${name} with ${Object.keys(more).join()}`,
    send: (target) => withBearer(target, jwtOf(name, claims)),
    said: [unnamed, ...said(strategy, claims)],
  };
}

describe("a policy with strategies", async () => {
  const { model, snapshot } = compilePolicy(sourcesOf(strategyPolicy));
  const policy = { model, snapshot: loadSnapshot(snapshot) };
  const told = async (target: string, caller: Caller) => {
    const asked = { request: { method: "GET", target }, caller, resource: undefined };
    const besides = { headers: [], ip: undefined, now: new Date() };
    const found = await explainRequest({ runtime, loadBehind }, policy, { ...asked, ...besides });
    return { status: found.explanation.status, reason: found.explanation.reason };
  };

  it("is explained as the gate decides, by every route and for all credentials", async () => {
    const { desk, sessions, devices } = await openStrategyDesk();
    const claims = { sub: "u1", roles: ["clerk"] };
    const session = await sessions.issue({ claims, expiresIn: 60 });
    const device = await devices.issue({ claims, expiresIn: 60 });
    const delegated = { ...claims, act: { sub: "service" } };
    const acting = await sessions.issue({ claims: delegated, expiresIn: 60 });
    const bound = await devices.issue({ claims: { ...claims, cnf: { jkt: "x" } }, expiresIn: 60 });
    const bearers = Object.entries({
      sessions: session.token,
      devices: device.token,
      machines: machine.token,
      backups: backupMachine.token,
    }).map(
      ([name, token]): Credentials => ({
        name,
        send: (target) => withBearer(target, token),
        said: said(name, {}),
      }),
    );
    const all: readonly Credentials[] = [
      { name: "none", send: (target) => get(target), said: [{ kind: "anonymous" }] },
      tokenOf("id", "users"),
      tokenOf("other", "guests"),
      tokenOf("id", "users", { act: { sub: "service", roles: ["clerk"] } }),
      tokenOf("other", "guests", { cnf: { jkt: "x" } }),
      ...bearers,
      {
        name: "a session that acts",
        send: (target) => withBearer(target, acting.token),
        said: said("sessions", { act: { sub: "service" } }),
      },
      {
        name: "a device that is bound",
        send: (target) => withBearer(target, bound.token),
        said: said("devices", { cnf: { jkt: "x" } }),
      },
      {
        name: "partners",
        send: (target) => get(target, { "X-Api-Key": partnerKey }),
        said: said("partners", {}),
      },
      {
        name: "badges",
        send: (target) => get(target, { "X-Badge": partnerKey }),
        said: said("badges", {}),
      },
    ];
    const trials = targets.flatMap((target) => all.map((given) => ({ target, ...given })));
    await desk.send(...trials.map(({ target, send }) => send(target)));
    const outcomes = await desk.close();
    const pairs = trials.flatMap(({ target, name, said: ways }, index) => {
      const { status, record } = outcomes[index] ?? { status: 0, record: undefined };
      const seen = { status, reason: record?.reason };
      return ways.map(async (caller) => ({
        target,
        name,
        caller,
        seen,
        told: await told(target, caller),
      }));
    });
    const differing = (await Promise.all(pairs)).filter(
      ({ seen, told: by }) => seen.status !== by.status || seen.reason !== by.reason,
    );
    expect(differing).toEqual([]);
    expect(outcomes.filter(({ status }) => status === 200).length).toBeGreaterThan(40);
    expect(new Set(outcomes.map(({ cause }) => cause))).toEqual(
      new Set([undefined, "strategy", "issuer", "unknown-token", "claim:act", "claim:cnf"]),
    );
  });
});
