import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { CredentialReader } from "@gatewright/runtime";
import { createMemoryStore } from "@gatewright/runtime/stores/memory";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  get,
  jwtOf,
  machine,
  now,
  openStrategyDesk,
  partnerKey,
  readerOf,
  signer,
  strategyPolicy,
  strategyPolicyWith,
  summaryOf,
  withBearer,
} from "./strategy-desk.js";

const claims = { sub: "s1", roles: ["clerk"] };
describe("an authenticator of the application", () => {
  it.each<[string, unknown]>([
    ["undefined", undefined],
    ["true", true],
    ["a text", "good"],
    ["claims alone", { claims }],
    ["a list of claims", { claims: [], expiresAt: 9e15 }],
    ["no claims", { expiresAt: 9e15 }],
    ["a time that is text", { claims, expiresAt: "2030" }],
    ["no number", { claims, expiresAt: Number.NaN }],
  ])("that answers %s is at fault, and lets nobody in", async (_, answer) => {
    const partners = () => answer as null;
    const badges = readerOf("x-badge");
    const { desk } = await openStrategyDesk({ authenticators: { partners, badges } });
    await desk.send(get("/partners", { "x-api-key": partnerKey }));
    const [outcome] = await desk.close();
    expect(outcome && summaryOf(outcome)).toEqual([503, "unavailable", "authenticator"]);
    expect(outcome?.principal).toBeNull();
  });

  it("H8 that takes longer than two seconds is 503, and told to stop", async () => {
    let aborted: unknown;
    const partners: CredentialReader = async (_, { signal }) => {
      await once(signal, "abort");
      aborted = signal.reason;
      return { claims, expiresAt: 9e15 };
    };
    const badges = readerOf("x-badge");
    const { desk } = await openStrategyDesk({ authenticators: { partners, badges } });
    await desk.send(get("/partners", { "x-api-key": partnerKey }));
    await expect.poll(() => aborted).toBeInstanceOf(Error);
    expect(desk.errors.map(String)).toContain("Error: no answer within 2000 ms");
    const [outcome] = await desk.close();
    expect(outcome && summaryOf(outcome)).toEqual([503, "unavailable", "authenticator"]);
    expect(outcome?.principal).toBeNull();
  });

  it("that rejects is 503, is heard of, and gives nothing away", async () => {
    const { desk } = await openStrategyDesk();
    await desk.send(
      get("/partners", { "x-api-key": "broken" }),
      get("/badges", { "x-badge": "broken" }),
    );
    const outcomes = await desk.close();
    expect(outcomes.map(summaryOf)).toEqual(
      outcomes.map(() => [503, "unavailable", "authenticator"]),
    );
    expect(outcomes.map(({ response }) => response.body).join()).not.toContain("directory");
    expect(desk.errors.map(String).join()).toContain("the directory is away");
  });

  it("names a token, a client and an issuer by texts, or not at all", async () => {
    const odd = { ...claims, iss: 5, jti: { secret: partnerKey }, client_id: "c".repeat(2000) };
    const partners = () => ({ claims: odd, expiresAt: now() + 1 });
    const badges = readerOf("x-badge");
    const { desk } = await openStrategyDesk({ authenticators: { partners, badges } });
    await desk.send(get("/partners", { "x-api-key": partnerKey }));
    const [outcome] = await desk.close();
    expect(outcome?.status).toBe(200);
    expect(outcome?.record.credential).toEqual({
      strategy: "partners",
      issuer: "urn:gatewright:strategy:partners",
    });
    expect(outcome?.principal).toMatchObject({ issuer: "urn:gatewright:strategy:partners" });
  });

  it("must say claims that fit the policy", async () => {
    const { desk } = await openStrategyDesk();
    await desk.send(get("/partners", { "x-api-key": "misfit" }));
    const [outcome] = await desk.close();
    expect(outcome && summaryOf(outcome)).toEqual([401, "invalid-token", "claim:level"]);
  });

  it("is told the route, and is not asked where the route takes others", async () => {
    const routes: unknown[] = [];
    const badges = readerOf("x-badge");
    const authenticators = {
      partners: (...[request, call]: Parameters<typeof badges>) => {
        routes.push(call.route);
        return readerOf("x-api-key")(request, call);
      },
      badges,
    };
    const { desk } = await openStrategyDesk({ authenticators });
    const headers = { "x-api-key": partnerKey };
    await desk.send(
      get("/partners", headers),
      get("/sessions/all", headers),
      get("/orders", headers),
    );
    await desk.close();
    expect(routes.toSorted()).toEqual(["GET /partners", "GET /sessions/all"]);
  });
});

describe("claims of an opaque token", () => {
  it("are read as those of a JWT, scopes and principal alike", async () => {
    const { desk, sessions } = await openStrategyDesk();
    const issue = async (more: object) => {
      const issued = await sessions.issue({ claims: { ...claims, ...more }, expiresIn: 60 });
      return withBearer("/sessions", issued.token);
    };
    await desk.send(
      await issue({ level: 3, client_id: "till" }),
      await issue({ level: "3" }),
      await issue({ roles: "clerk" }),
      await issue({ roles: [] }),
      await issue({ iss: "https://id.example" }),
      await issue({ roles: ["clerk", "stranger"], jti: "chosen" }),
    );
    const outcomes = await desk.close();
    expect(outcomes.map(({ status, cause }) => [status, cause])).toEqual([
      [200, undefined],
      [401, "claim:level"],
      [401, "claim:roles"],
      [403, undefined],
      [200, undefined],
      [200, undefined],
    ]);
    expect(outcomes[0]?.principal).toMatchObject({ id: "s1", claims: { level: 3 } });
    expect(outcomes[0]?.record.credential).toMatchObject({
      strategy: "sessions",
      clientId: "till",
    });
    expect(outcomes[4]?.principal).toMatchObject({ issuer: "https://id.example" });
    expect(outcomes[5]?.record).toMatchObject({ unknownRoles: ["stranger"] });
    expect(outcomes[5]?.record.credential?.tokenId).not.toBe("chosen");
  });
});

describe("a gate that could not tell who calls", () => {
  afterEach(() => vi.unstubAllEnvs());

  const memory = createMemoryStore({ now });
  const environment = { KEYS: String(signer.jwk["k"]), OTHER_KEYS: String(signer.jwk["k"]) };
  const withPepper = (value: string) => ({ environment: { ...environment, PEPPER: value } });
  const good = randomBytes(32).toString("base64url");

  it.each<[string, Parameters<typeof openStrategyDesk>[0], string]>([
    ["without a pepper", { environment }, "the pepper of strategy `"],
    ["with an empty pepper", withPepper(" \n"), "is missing"],
    ["with a short pepper", withPepper(good.slice(0, 40)), "is weak"],
    ["with words for a pepper", withPepper("please change me ".repeat(4)), "is weak"],
    ["without the file of a pepper", { files: {} }, "cannot be read: ENOENT"],
    ["with a weak file", { files: { "pepper.txt": "secret" } }, "is weak"],
    [
      "without an authenticator",
      { authenticators: { badges: readerOf("x") } },
      "pass it in `authenticators`",
    ],
    [
      "with a store of another kind",
      { policy: strategyPolicyWith({ store: "redis" }), tokenStores: { sessions: memory } },
      "keeps its tokens in `redis`, but one of `memory` is passed",
    ],
    [
      "in production with tokens in memory",
      {
        ...withPepper(good),
        environment: { ...environment, PEPPER: good, NODE_ENV: "production" },
      },
      "keeps its tokens in memory, which no other process sees",
    ],
  ])("does not start %s", async (_, changes, message) => {
    const error = await openStrategyDesk(changes).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: "configuration-invalid" });
    expect(String(error)).toContain(message);
    expect(String(error)).not.toContain(good);
  });

  it("does not start in production whatever environment it is given", async () => {
    vi.stubEnv("NODE_ENV", "production");
    await expect(openStrategyDesk()).rejects.toThrow("keeps its tokens in memory");
  });

  it("starts in production where the policy says why", async () => {
    const policy = strategyPolicy.replaceAll(
      "store: memory,",
      "store: memory, volatile: one process serves all,",
    );
    vi.stubEnv("NODE_ENV", "production");
    const { desk } = await openStrategyDesk({ policy });
    desk.swap(policy);
    await desk.send(withBearer("/machines", machine.token));
    await desk.close();
    const said = desk.errors.map(String).filter((text) => text.includes("live in memory"));
    // Once for each strategy, not with each policy.
    expect(said).toHaveLength(2);
  });
});

describe("a swap", () => {
  it("changes which strategies a route takes, and keeps the stores", async () => {
    const { desk, sessions } = await openStrategyDesk();
    const issued = await sessions.issue({ claims, expiresIn: 60 });
    const requests = [
      withBearer("/sessions", issued.token),
      withBearer("/sessions", machine.token),
    ];
    await desk.send(...requests);
    desk.swap(strategyPolicy.replace("authentication: sessions", "authentication: machines"));
    await desk.send(...requests);
    desk.swap(strategyPolicy);
    await desk.send(...requests);
    const outcomes = await desk.close();
    expect(outcomes.map(({ status }) => status)).toEqual([200, 401, 401, 200, 200, 401]);
  });

  it("to a policy without strategies takes JWTs again", async () => {
    const { desk } = await openStrategyDesk();
    const from = strategyPolicy.indexOf("authentication:");
    desk.swap(strategyPolicy.slice(0, from));
    await desk.send(withBearer("/orders", jwtOf("other")), withBearer("/orders", machine.token));
    const outcomes = await desk.close();
    expect(outcomes.map(({ status, cause }) => [status, cause])).toEqual([
      [200, undefined],
      [401, "malformed"],
    ]);
  });
});
