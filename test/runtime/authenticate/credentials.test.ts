import { describe, expect, it } from "vitest";
import type { RawRequest } from "../../agreement/raw-client.js";
import { bearer, issuerPolicy, present } from "./token-desk.js";
import type { Outcome } from "./token-desk.js";
import { createSigner, forge } from "./token-forge.js";

const signer = createSigner("HS256");
const desk = { policy: issuerPolicy("HS256"), environment: { KEYS: String(signer.jwk["k"]) } };
const good = forge(signer);
const other = forge(signer, { claims: { sub: "u2" } });
const bad = forge(createSigner("HS256"));

function request(headers: Readonly<Record<string, string>>, target = "/me"): RawRequest {
  return { method: "GET", target, headers };
}

/** Lines of one header, each under its own spelling of the name. */
function lines(...values: readonly string[]): RawRequest {
  const names = ["Authorization", "authorization", "AUTHORIZATION", "aUTHORIZATION"];
  return request(Object.fromEntries(values.map((value, index) => [names[index] ?? "", value])));
}

const summary = ({ status, cause, record }: Outcome) => [status, record.reason, cause];

describe("the scheme", () => {
  it("is Bearer in any letter case, with spaces before the token", async () => {
    const values = ["Bearer", "bearer", "BEARER", "bEaReR"].map((scheme) => `${scheme} ${good}`);
    const outcomes = await present(desk, ...values, `Bearer    ${good}`, `  Bearer ${good}  `);
    expect(outcomes.map(({ status }) => status)).toEqual(outcomes.map(() => 200));
  });

  it("is nothing else: no credentials that are understood are none at all", async () => {
    const values = [
      "",
      good,
      `bearer${good}`,
      `Bearer\t${good}`,
      `Bearer:${good}`,
      `Bearer=${good}`,
      `Bearers ${good}`,
      `"Bearer" ${good}`,
      "Basic dTpw",
      `DPoP ${good}`,
      `Token ${good}`,
      `Digest username="u", realm="r", nonce="n"`,
      `Basic dTpw, Bearer ${good}`,
      `\u0131earer ${good}`,
      `Bearer\u00a0${good}`,
      `Negotiate`,
    ];
    const outcomes = await present(desk, ...values);
    expect(outcomes.map(summary)).toEqual(
      values.map(() => [401, "missing-credentials", undefined]),
    );
    // RFC 6750, section 3.1: who sends no credentials is told no error.
    const challenges = outcomes.map(({ response }) => response.headers.get("www-authenticate"));
    expect(new Set(challenges)).toEqual(new Set(['Bearer realm="gatewright"']));
  });

  it("must have a token", async () => {
    const outcomes = await present(desk, "Bearer", "Bearer ", "bearer    ");
    expect(outcomes.map(summary)).toEqual(outcomes.map(() => [401, "invalid-token", "malformed"]));
  });
});

describe("two credentials", () => {
  const refused: readonly (readonly [string, RawRequest])[] = [
    ["good and bad", lines(bearer(good), bearer(bad))],
    ["bad and good", lines(bearer(bad), bearer(good))],
    ["the same", lines(bearer(good), bearer(good))],
    ["Basic and Bearer", lines("Basic dTpw", bearer(good))],
    ["Bearer and Basic", lines(bearer(good), "Basic dTpw")],
    ["nothing and Bearer", lines("", bearer(good))],
    ["three", lines(bearer(good), bearer(other), bearer(bad))],
    ["one line with a comma", lines(`${bearer(good)}, ${bearer(other)}`)],
    ["one line with a comma and no space", lines(`${bearer(good)},${bearer(other)}`)],
    ["a comma before", lines(`Bearer ,${good}`)],
    ["a comma after", lines(`${bearer(good)},`)],
    ["a token in the query too", request({ Authorization: bearer(good) }, "/me?access_token=x")],
    [
      "a token in the query behind others",
      request({ Authorization: bearer(good) }, `/me?a=b&access_token=${other}`),
    ],
  ];

  it.each(refused)("are refused: %s", async (_, sent) => {
    const [outcome] = await present(desk, sent);
    expect(outcome && summary(outcome)).toEqual([400, "invalid-request", "two-credentials"]);
    expect(outcome?.response.headers.get("www-authenticate")).toBe(
      'Bearer realm="gatewright", error="invalid_request"',
    );
    expect(outcome?.principal).toBeNull();
  });
});

describe("a token in another place", () => {
  it("is not read", async () => {
    const outcomes = await present(
      desk,
      request({}, `/me?access_token=${good}`),
      request({ Cookie: `access_token=${good}; token=${good}` }),
      request({ "Proxy-Authorization": bearer(good) }),
      request({ "X-Authorization": bearer(good) }),
      request({ "X-Forwarded-Authorization": bearer(good) }),
      request({ Authorization: bearer(good), Cookie: `access_token=${other}` }),
      request({ Authorization: bearer(good) }, "/me?no_access_token=1&token=2"),
    );
    const missing = [401, "missing-credentials", undefined];
    const passed = [200, "authenticated", undefined];
    expect(outcomes.map(summary)).toEqual([
      ...Array.from({ length: 5 }, () => missing),
      passed,
      passed,
    ]);
    expect(outcomes[5]?.principal).toMatchObject({ id: "u1" });
  });
});

describe("a public route", () => {
  it("reads no credentials", async () => {
    const outcomes = await present(
      desk,
      request({ Authorization: bearer(bad) }, "/free"),
      { ...lines(bearer(good), bearer(bad)), target: "/free" },
      request({ Authorization: bearer(good) }, "/free?access_token=x"),
    );
    expect(outcomes.map(summary)).toEqual(outcomes.map(() => [200, "public", undefined]));
    expect(outcomes.map(({ principal }) => principal)).toEqual([null, null, null]);
  });

  it("with optional identity takes what it cannot accept for nobody, and records why", async () => {
    const outcomes = await present(
      desk,
      request({ Authorization: bearer(good) }, "/open"),
      request({}, "/open"),
      request({ Authorization: bearer(bad) }, "/open"),
      request({ Authorization: "Bearer x" }, "/open"),
      { ...lines(bearer(good), bearer(good)), target: "/open" },
    );
    expect(outcomes.map(summary)).toEqual([
      [200, "public", undefined],
      [200, "public", undefined],
      [200, "public", "signature"],
      [200, "public", "malformed"],
      [200, "public", "two-credentials"],
    ]);
    expect(outcomes.map(({ principal }) => principal?.["id"])).toEqual([
      "u1",
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe("methods", () => {
  it("never let a handler run without a principal", async () => {
    const methods = ["GET", "OPTIONS", "POST", "DELETE", "TRACE"];
    const requests = methods.flatMap((method) => [
      { method, target: "/orders" },
      { method, target: "/orders", headers: { "Access-Control-Request-Headers": "authorization" } },
      { method, target: "/orders", headers: { "X-HTTP-Method-Override": "OPTIONS" } },
    ]);
    const outcomes = await present(desk, ...requests);
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set([401]));
  });
});
