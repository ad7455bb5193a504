import { createOpaqueTokens } from "@gatewright/runtime/opaque";
import { describe, expect, it } from "vitest";
import type { RawRequest } from "../../agreement/raw-client.js";
import {
  backupMachine,
  expiringMachine,
  get,
  jwtOf,
  machine,
  now,
  openStrategyDesk,
  partnerKey,
  pepper,
  strayMachine,
  summaryOf,
  withBearer,
} from "./strategy-desk.js";
import type { StrategyDesk } from "./strategy-desk.js";

/** One strategy, and requests that are for it alone. */
interface StrategyCase {
  readonly name: string;
  readonly route: string;
  readonly issuer: string;
  /** A request with good credentials, and those of every other kind of fault. */
  readonly good: (desk: StrategyDesk) => Promise<RawRequest>;
  readonly bad: (desk: StrategyDesk) => Promise<RawRequest>;
  readonly expired: (desk: StrategyDesk) => Promise<RawRequest>;
}

const aMinuteAgo = () => now() - 60_000;

const opaque = (name: "sessions" | "devices"): StrategyCase => {
  const route = `/${name}`;
  const issue = async (desk: StrategyDesk, target = route) => {
    const { token } = await desk[name].issue({
      claims: { sub: "s1", roles: ["clerk"] },
      expiresIn: 60,
    });
    return withBearer(target, token);
  };
  return {
    name,
    route,
    issuer: `urn:gatewright:strategy:${name}`,
    good: issue,
    bad: async (desk) => {
      const request = await issue(desk);
      await desk[name].revokeSubject("s1");
      return request;
    },
    expired: async (desk) => {
      const { store } = desk;
      const tokens = createOpaqueTokens({ strategy: name, store, pepper, now: aMinuteAgo });
      const { token } = await tokens.issue({ claims: { sub: "s2" }, expiresIn: 60 });
      return withBearer(route, token);
    },
  };
};

const application = (name: "partners" | "badges", header: string): StrategyCase => {
  const request = async (value: string) => get(`/${name}`, { [header]: value });
  return {
    name,
    route: `/${name}`,
    issuer: `urn:gatewright:strategy:${name}`,
    good: () => request(partnerKey),
    bad: () => request(`${partnerKey}-of-another`),
    expired: () => request("late"),
  };
};

const listed = (name: "machines" | "backups", token: string): StrategyCase => ({
  name,
  route: `/${name}`,
  issuer: `urn:gatewright:strategy:${name}`,
  good: async () => withBearer(`/${name}`, token),
  bad: async () => withBearer(`/${name}`, strayMachine.token),
  expired: async () => withBearer("/machines", expiringMachine.token),
});

const jwt = (name: "users" | "guests", issuer: "id" | "other", route: string): StrategyCase => ({
  name,
  route,
  issuer: `https://${issuer}.example`,
  good: async () => withBearer(route, jwtOf(issuer)),
  bad: async () => withBearer(route, `${jwtOf(issuer).slice(0, -4)}AAAA`),
  expired: async () => withBearer(route, jwtOf(issuer, { exp: 1_800_000_000, iat: 1_799_999_000 })),
});

const cases: readonly StrategyCase[] = [
  jwt("users", "id", "/orders"),
  jwt("guests", "other", "/guests"),
  opaque("sessions"),
  opaque("devices"),
  listed("machines", machine.token),
  listed("backups", backupMachine.token),
  application("partners", "x-api-key"),
  application("badges", "X-Badge"),
];

describe.each(cases)("a strategy: $name", ({ name, route, issuer, good, bad, expired }) => {
  it("accepts its own credentials, and says whose they are", async () => {
    const opened = await openStrategyDesk();
    await opened.desk.send(await good(opened));
    const [outcome] = await opened.desk.close();
    expect(outcome && summaryOf(outcome)).toEqual([200, "granted", undefined]);
    expect(outcome?.principal).toMatchObject({ issuer, roles: ["clerk"] });
    expect(outcome?.record.credential?.strategy).toBe(name);
    expect(outcome?.record.principal).toMatchObject({ issuer });
  });

  it("asks for credentials where there are none, and says no error", async () => {
    const { desk } = await openStrategyDesk();
    await desk.send(get(route), get(route, { Authorization: "Basic dTpw" }));
    const outcomes = await desk.close();
    expect(outcomes.map(summaryOf)).toEqual(
      outcomes.map(() => [401, "missing-credentials", undefined]),
    );
    const challenges = outcomes.map(({ response }) => response.headers.get("www-authenticate"));
    expect(new Set(challenges)).toEqual(new Set(['Bearer realm="gatewright"']));
  });

  it("refuses what is not good in one way, whatever it is", async () => {
    const opened = await openStrategyDesk();
    await opened.desk.send(await bad(opened), await expired(opened));
    const outcomes = await opened.desk.close();
    expect(outcomes[1]?.cause).toBe("expired");
    for (const { status, response, principal } of outcomes) {
      expect(status).toBe(401);
      expect(principal).toBeNull();
      const { detail, title } = JSON.parse(response.body);
      expect([title, detail]).toEqual(["Invalid token", "the access token is not accepted"]);
      const challenge = response.headers.get("www-authenticate");
      expect(challenge).toBe('Bearer realm="gatewright", error="invalid_token"');
    }
  });

  it("takes nothing that another one accepts", async () => {
    const opened = await openStrategyDesk();
    const foreign = await Promise.all(
      cases.filter((other) => other.name !== name).map((other) => other.good(opened)),
    );
    await opened.desk.send(...foreign.map((request) => ({ ...request, target: route })));
    const outcomes = await opened.desk.close();
    expect(outcomes.map(({ status }) => status)).toEqual(outcomes.map(() => 401));
    expect(outcomes.map(({ principal }) => principal)).toEqual(outcomes.map(() => null));
  });
});

describe("the strategies of a route", () => {
  it("are told apart by the form of the token, and none is tried after another", async () => {
    const opened = await openStrategyDesk();
    const { token } = await opened.sessions.issue({ claims: { sub: "s1" }, expiresIn: 60 });
    const { token: foreign } = await opened.devices.issue({ claims: { sub: "s1" }, expiresIn: 60 });
    const target = "/sessions/all";
    await opened.desk.send(
      withBearer(target, jwtOf("id")),
      withBearer(target, token),
      withBearer(target, machine.token),
      get(target, { "X-API-KEY": partnerKey }),
      withBearer(target, jwtOf("other")),
      withBearer(target, foreign),
      withBearer(target, backupMachine.token),
      withBearer(target, `GWO_${token.slice(4)}`),
      withBearer(target, ""),
    );
    const outcomes = await opened.desk.close();
    expect(outcomes.map(({ record }) => record.cause ?? record.credential?.strategy)).toEqual([
      "users",
      "sessions",
      "machines",
      "partners",
      "issuer",
      "unknown-token",
      "unknown-token",
      "malformed",
      "malformed",
    ]);
  });

  it("do not take what is for two of them", async () => {
    const { desk } = await openStrategyDesk();
    const token = `Bearer ${jwtOf("id")}`;
    await desk.send(
      get("/sessions/all", { Authorization: token, "X-Api-Key": partnerKey }),
      get("/partners", { Authorization: token, "X-Api-Key": partnerKey }),
      get("/partners", { "x-api-key": partnerKey, "X-Api-Key": partnerKey }),
      get("/partners", { "x-api-key": "another", "X-Api-Key": partnerKey }),
      get("/badges", { authorization: token, Authorization: token, "X-Badge": partnerKey }),
      get("/machines", { authorization: token, Authorization: `Bearer ${machine.token}` }),
    );
    const outcomes = await desk.close();
    expect(outcomes.map(summaryOf)).toEqual(
      outcomes.map(() => [400, "invalid-request", "two-credentials"]),
    );
  });

  it("name a form that none of them takes", async () => {
    const opened = await openStrategyDesk();
    const { token } = await opened.sessions.issue({ claims: { sub: "s1" }, expiresIn: 60 });
    await opened.desk.send(
      withBearer("/orders", token),
      withBearer("/orders", machine.token),
      withBearer("/sessions", jwtOf("id")),
      withBearer("/machines", jwtOf("id")),
      withBearer("/machines", token),
      withBearer("/partners", token),
      withBearer("/machines", ""),
    );
    const outcomes = await opened.desk.close();
    expect(outcomes.map(summaryOf)).toEqual(outcomes.map(() => [401, "invalid-token", "strategy"]));
  });

  it("are the default ones on a path that is no route", async () => {
    const opened = await openStrategyDesk();
    const { token } = await opened.sessions.issue({ claims: { sub: "s1" }, expiresIn: 60 });
    await opened.desk.send(
      withBearer("/nowhere", jwtOf("id")),
      withBearer("/nowhere", token),
      withBearer("/sessions/nowhere", token),
      get("/nowhere", { "x-api-key": partnerKey }),
    );
    const outcomes = await opened.desk.close();
    expect(outcomes.map(summaryOf)).toEqual([
      [404, "not-found", undefined],
      [401, "invalid-token", "strategy"],
      [401, "invalid-token", "strategy"],
      [401, "missing-credentials", undefined],
    ]);
  });

  it("are those of GET for HEAD, and the default ones for a method that the path lacks", async () => {
    const { desk } = await openStrategyDesk();
    await desk.send(
      { ...withBearer("/machines", machine.token), method: "HEAD" },
      { ...withBearer("/machines", jwtOf("id")), method: "POST" },
      { ...withBearer("/machines", machine.token), method: "POST" },
    );
    const outcomes = await desk.close();
    expect(outcomes.map(({ status }) => status)).toEqual([200, 405, 401]);
  });

  it("name who calls a public route that reads credentials if it can", async () => {
    const { desk } = await openStrategyDesk();
    const target = "/machines/open";
    await desk.send(
      withBearer(target, machine.token),
      withBearer(target, jwtOf("id")),
      withBearer(target, strayMachine.token),
      get(target),
    );
    const outcomes = await desk.close();
    expect(
      outcomes.map(({ status, principal, cause }) => [status, principal?.["id"], cause]),
    ).toEqual([
      [200, "bot", undefined],
      [200, undefined, "strategy"],
      [200, undefined, "unknown-token"],
      [200, undefined, undefined],
    ]);
  });

  it("take all issuers where the policy says so", async () => {
    const { desk } = await openStrategyDesk();
    await desk.send(
      withBearer("/everybody", jwtOf("id")),
      withBearer("/everybody", jwtOf("other")),
    );
    const outcomes = await desk.close();
    expect(outcomes.map(({ record }) => record.credential?.strategy)).toEqual([
      "everybody",
      "everybody",
    ]);
  });
});
