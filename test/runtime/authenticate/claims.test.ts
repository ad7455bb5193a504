import { createSecretKey } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { authenticate } from "../../../runtime/authenticate.js";
import { jwtAuthenticator } from "../../../runtime/tokens/jwt-authenticator.js";
import { verifyToken } from "../../../runtime/tokens/verify-token.js";
import { bearer, issuerPolicy, openDesk, present, snapshotOf } from "./token-desk.js";
import { AUDIENCE, ISSUER, NOW, claimsWith, createSigner, forge } from "./token-forge.js";
import type { Members } from "./token-forge.js";

const signer = createSigner("HS256");
const environment = { KEYS: String(signer.jwk["k"]) };
const desk = { policy: issuerPolicy("HS256", ", clockTolerance: 0s"), environment };
/** Half a minute is the default. */
const lenient = { policy: issuerPolicy("HS256"), environment };

/** The claims as text, with a value that JavaScript cannot print. */
function printed(name: string, value: string): string {
  return JSON.stringify(claimsWith({ [name]: "|" })).replace('"|"', value);
}

const noNumbers = [
  '"9999999999"',
  '""',
  "true",
  "false",
  "null",
  "[1900000300]",
  "{}",
  '"2030-01-01"',
  "1900000300.5",
  "1e400",
  "-1e400",
  "-1",
  "-1900000300",
  "1e308",
  "1900000300000",
  "8589934593",
  "99999999999999999999",
];

describe("the time of a token", () => {
  it.each(["exp", "nbf", "iat"])("is a number of seconds: %s", async (name) => {
    const tokens = noNumbers.map((value) => forge(signer, { claims: printed(name, value) }));
    const outcomes = await present(desk, ...tokens.map(bearer));
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set([401]));
    const causes = new Set(outcomes.map(({ cause }) => cause));
    expect([...causes]).toEqual([`claim:${name}`]);
  });

  const edges: readonly (readonly [string, Members, number, number])[] = [
    ["ends now", { exp: NOW }, 401, 200],
    ["ended in a moment of tolerance", { exp: NOW - 29 }, 401, 200],
    ["ended with the tolerance", { exp: NOW - 30 }, 401, 401],
    ["ends next", { exp: NOW + 1 }, 200, 200],
    ["ends in 2242", { exp: 2 ** 33 }, 200, 200],
    ["begins now", { nbf: NOW }, 200, 200],
    ["begins next", { nbf: NOW + 1 }, 401, 200],
    ["begins with the tolerance", { nbf: NOW + 30 }, 401, 200],
    ["begins after the tolerance", { nbf: NOW + 31 }, 401, 401],
    ["was issued now", { iat: NOW }, 200, 200],
    ["will be issued", { iat: NOW + 1 }, 401, 200],
    ["will be issued with the tolerance", { iat: NOW + 30 }, 401, 200],
    ["will be issued after the tolerance", { iat: NOW + 31 }, 401, 401],
    ["was issued at the beginning", { iat: 0 }, 200, 200],
    ["says nothing of when it was issued", { iat: undefined }, 401, 401],
    ["never ends", { exp: undefined }, 401, 401],
  ];

  it.each(edges)("counts: a token that %s", async (_, claims, strict, tolerant) => {
    const token = bearer(forge(signer, { claims }));
    expect((await present(desk, token))[0]?.status).toBe(strict);
    expect((await present(lenient, token))[0]?.status).toBe(tolerant);
  });

  it("is compared with the clock of the gate", async () => {
    let now = NOW * 1000;
    const running = await openDesk({ ...desk, now: () => now });
    const token = bearer(forge(signer, { claims: { iat: NOW, exp: NOW + 60 } }));
    for (const offset of [0, 59_999, 60_000, 3_600_000, -1, -3_600_000]) {
      now = NOW * 1000 + offset;
      await running.send(token);
    }
    const outcomes = await running.close();
    expect(outcomes.map(({ status, cause }) => [status, cause])).toEqual([
      [200, undefined],
      [200, undefined],
      [401, "expired"],
      [401, "expired"],
      [401, "claim:iat"],
      [401, "claim:iat"],
    ]);
  });
});

describe("who a token is from and for", () => {
  it("is exactly the issuer", async () => {
    const issuers = [
      undefined,
      null,
      "",
      1,
      [ISSUER],
      { 0: ISSUER, length: 1 },
      `${ISSUER}/`,
      `${ISSUER} `,
      ISSUER.toUpperCase(),
      "https://id.example.evil",
      "https://ｉd.example",
      "__proto__",
    ];
    const tokens = issuers.map((iss) => bearer(forge(signer, { claims: { iss } })));
    const outcomes = await present(desk, ...tokens);
    expect(outcomes.map(({ status, cause }) => [status, cause])).toEqual(
      issuers.map(() => [401, "issuer"]),
    );
  });

  it("is one of the audiences, and nothing like one", async () => {
    const audiences = [
      undefined,
      null,
      "",
      1,
      true,
      [],
      {},
      { 0: AUDIENCE, length: 1 },
      [[AUDIENCE]],
      "desk.evil",
      "des",
      "Desk",
      "desk ",
      " desk",
      "desk,other",
      "desk other",
      `${AUDIENCE}/`,
      ["other"],
      [AUDIENCE, 1],
      [AUDIENCE, null],
      [AUDIENCE, [AUDIENCE]],
      ["d", "e", "s", "k"],
    ];
    const tokens = audiences.map((aud) => bearer(forge(signer, { claims: { aud } })));
    const outcomes = await present(desk, ...tokens);
    expect(outcomes.map(({ status, cause }) => [status, cause])).toEqual(
      audiences.map(() => [401, "claim:aud"]),
    );
  });

  it("may stand in a list, and the policy may have several", async () => {
    const policy = issuerPolicy("HS256").replace(`audience: ${AUDIENCE}`, "audience: [desk, till]");
    const audiences = ["desk", "till", ["till"], ["other", "desk"], ["desk", "till"], "other"];
    const tokens = audiences.map((aud) => bearer(forge(signer, { claims: { aud } })));
    const outcomes = await present({ policy, environment }, ...tokens);
    expect(outcomes.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 401]);
  });

  it("compares Unicode as it is written", async () => {
    const policy = issuerPolicy("HS256").replace(`audience: ${AUDIENCE}`, 'audience: "caf\u00e9"');
    const outcomes = await present(
      { policy, environment },
      bearer(forge(signer, { claims: { aud: "caf\u00e9" } })),
      bearer(forge(signer, { claims: { aud: "cafe\u0301" } })),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([200, 401]);
  });
});

describe("the kind of a token", () => {
  it("is what the policy says, and at+jwt where it says nothing", async () => {
    const kinds = [
      undefined,
      null,
      "",
      1,
      ["at+jwt"],
      "JWT",
      "jwt",
      "rt+jwt",
      "dpop+jwt",
      "logout+jwt",
      "id+jwt",
      "application/JWT",
      "text/at+jwt",
      "at+jwt;v=1",
      "at +jwt",
      "at+jwt ",
      "at",
    ];
    const tokens = kinds.map((typ) => bearer(forge(signer, { header: { typ } })));
    const outcomes = await present(desk, ...tokens);
    expect(outcomes.map(({ status, cause }) => [status, cause])).toEqual(
      kinds.map(() => [401, "claim:typ"]),
    );
    const other = {
      policy: issuerPolicy("HS256", ", profile: declared, typ: [JWT, absent]"),
      environment,
    };
    const types = ["JWT", "application/jwt", undefined, "at+jwt", "absent", null, ""];
    const swapped = await present(
      other,
      ...types.map((typ) => bearer(forge(signer, { header: { typ } }))),
    );
    expect(swapped.map(({ status }) => status)).toEqual([200, 200, 200, 401, 401, 401, 401]);
  });
});

describe("required claims", () => {
  it("must be there", async () => {
    const policy = issuerPolicy("HS256", ", requiredClaims: [acr, azp]");
    const claims = [{ acr: "1", azp: "c" }, { acr: "1" }, { azp: "c" }, {}];
    const tokens = claims.map((given) => bearer(forge(signer, { claims: given })));
    const outcomes = await present({ policy, environment }, ...tokens);
    expect(outcomes.map(({ status, cause }) => [status, cause])).toEqual([
      [200, undefined],
      [401, "claim:azp"],
      [401, "claim:acr"],
      [401, expect.stringMatching(/^claim:(acr|azp)$/)],
    ]);
  });

  it("are not found on the prototype of an object", async () => {
    const policy = issuerPolicy("HS256", ", requiredClaims: [toString]");
    const outcomes = await present({ policy, environment }, bearer(forge(signer)));
    expect(outcomes).toMatchObject([{ status: 401, cause: "claim:toString" }]);
  });
});

function fail(): never {
  throw new TypeError("a bug");
}

describe("a fault of the gate itself", () => {
  it("is not taken for one of the token", async () => {
    const { issuers } = snapshotOf(desk.policy);
    const key = createSecretKey(Buffer.from(environment.KEYS, "base64url"));
    const verifiers = new Map(
      issuers.map(
        (issuer) => [issuer.issuer, { issuer, findKey: () => key, headers: new Map() }] as const,
      ),
    );
    const request = { rawHeaders: ["authorization", bearer(forge(signer))], url: "/" };
    const verify = (token: string, now: number) => verifyToken(token, verifiers, now);
    const policy = { authenticator: jwtAuthenticator(verify), principalOf: fail };
    const found = authenticate(request as unknown as IncomingMessage, policy, -1, NOW * 1000);
    await expect(found).rejects.toThrow(new TypeError("a bug"));
  });
});

describe("a signature that does not hold", () => {
  it("is told before anything that the claims say", async () => {
    const stranger = createSigner("HS256");
    const claims = [{ exp: NOW - 1 }, { exp: "x" }, { aud: "other" }, { sub: 1 }, { roles: 1 }];
    const tokens = claims.map((given) => bearer(forge(stranger, { claims: given })));
    const outcomes = await present(desk, ...tokens);
    expect(outcomes.map(({ cause }) => cause)).toEqual(claims.map(() => "signature"));
  });

  it("is answered as any other fault of a token", async () => {
    const outcomes = await present(
      desk,
      bearer(forge(createSigner("HS256"))),
      bearer(forge(signer, { claims: { exp: NOW - 1 } })),
      bearer(forge(signer, { claims: { aud: "other" } })),
      bearer(forge(signer, { claims: { roles: 1 } })),
      bearer(forge(signer, { header: { kid: "" } })),
      bearer("x"),
    );
    const answers = outcomes.map(({ response: { status, headers, body } }) => {
      const { instance, ...problem } = JSON.parse(body);
      expect(instance).toMatch(/^urn:uuid:/);
      const dated = new Map([...headers].filter(([name]) => name !== "date"));
      return { status, headers: Object.fromEntries(dated), problem };
    });
    expect(answers[0]).toMatchObject({
      status: 401,
      headers: {
        "www-authenticate": 'Bearer realm="gatewright", error="invalid_token"',
        "content-type": "application/problem+json",
        "cache-control": "no-store",
      },
      problem: { title: "Invalid token", detail: "the access token is not accepted" },
    });
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(new Set(outcomes.map(({ cause }) => cause)).size).toBe(outcomes.length);
  });
});
