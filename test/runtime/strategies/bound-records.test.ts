import { randomBytes } from "node:crypto";
import { createStaticToken } from "@gatewright/runtime/opaque";
import { describe, expect, it } from "vitest";
import { present } from "../authenticate/token-desk.js";
import { get, openStrategyDesk, pepper, summaryOf, withBearer } from "./strategy-desk.js";

describe("V23 a token that is bound to a key", () => {
  const cnf = { jkt: randomBytes(32).toString("base64url") };

  it("is no bearer token from a store either, where the policy asks for no proof", async () => {
    const { desk, sessions } = await openStrategyDesk();
    for (const more of [{ cnf }, { cnf: null }, { act: { sub: "s2" } }, {}]) {
      const claims = { sub: "s1", roles: ["clerk"], ...more };
      const { token } = await sessions.issue({ claims, expiresIn: 60 });
      await desk.send(withBearer("/sessions", token));
    }
    const outcomes = await desk.close();
    expect(outcomes.map(summaryOf)).toEqual([
      [401, "invalid-token", "claim:cnf"],
      [401, "invalid-token", "claim:cnf"],
      [401, "invalid-token", "claim:act"],
      [200, "granted", undefined],
    ]);
    expect(outcomes[0]?.record.credential).toMatchObject({ strategy: "sessions" });
    expect(outcomes[0]?.record.credential?.tokenId).toBeDefined();
  });

  it("is no bearer token from an allow list either", async () => {
    const made = ["bound", "acting", "plain"].map(() => createStaticToken(pepper));
    const claims = [
      `{ sub: a, cnf: { jkt: "${cnf.jkt}" } }`,
      "{ sub: b, act: { sub: c } }",
      "{ sub: d }",
    ];
    const listed = made.map(
      ({ digest }, index) => `t${index}: { digest: "${digest}", claims: ${claims[index]} }`,
    );
    const policy = `
authentication:
  default: machines
  strategies: { machines: { allowList: { pepper: { environment: PEPPER }, tokens: { ${listed.join(", ")} } } } }
`;
    const requests = made.map(({ token }) => withBearer("/me", token));
    const outcomes = await present({ policy, environment: { PEPPER: pepper } }, ...requests);
    expect(outcomes.map(({ status, cause }) => [status, cause])).toEqual([
      [401, "claim:cnf"],
      [401, "claim:act"],
      [200, undefined],
    ]);
    expect(outcomes[0]?.record.credential).toMatchObject({ strategy: "machines", tokenId: "t0" });
  });

  it("is none from an authenticator of the application either", async () => {
    const policy = `
authentication: { default: own, strategies: { own: { application: { header: x-api-key } } } }
`;
    const told = [{ sub: "a", cnf }, { sub: "b", act: { sub: "c" } }, { sub: "d" }];
    const own = ({ headers }: { readonly headers: object }) => {
      const claims = told[Number(Reflect.get(headers, "x-api-key"))] ?? {};
      return { claims, expiresAt: Number.POSITIVE_INFINITY };
    };
    const requests = told.map((_, index) => get("/me", { "X-Api-Key": String(index) }));
    const outcomes = await present({ policy, authenticators: { own } }, ...requests);
    expect(outcomes.map(({ status, cause }) => [status, cause])).toEqual([
      [401, "claim:cnf"],
      [401, "claim:act"],
      [200, undefined],
    ]);
  });
});
