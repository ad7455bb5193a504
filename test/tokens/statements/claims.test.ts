import { describe, expect, it } from "vitest";
import {
  bearer,
  issuerPolicy,
  openDesk,
  present,
  snapshotOf,
} from "../../runtime/authenticate/token-desk.js";
import {
  AUDIENCE,
  ISSUER,
  NOW,
  claimsWith,
  createSigner,
  forge,
} from "../../runtime/authenticate/token-forge.js";
import type { Members } from "../../runtime/authenticate/token-forge.js";
import { deskFor, ec, secret, verdicts, verdictsOnce } from "./verdicts.js";

// The statements V14 to V19, and the attacks by what a token says with a good signature.

const exact = deskFor(secret, ", clockTolerance: 0s");
const lenient = deskFor(secret, ", clockTolerance: 60s");
const saying = (claims: Members) => forge(secret, { claims });
const typed = (typ: unknown) => forge(secret, { header: { typ } });

/** The claims as text, with a value that JavaScript cannot print. */
function printed(name: string, value: string): string {
  const text = JSON.stringify(claimsWith({ [name]: "|" })).replace('"|"', value);
  return forge(secret, { claims: text });
}

describe("V14 `typ` is the kind that is expected", () => {
  it("in any letter case, with or without `application/`", async () => {
    const types = ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"];
    expect(await verdictsOnce(exact, types.map(typed))).toEqual(["200"]);
  });

  it("and nothing else, nor nothing", async () => {
    const types = [undefined, null, "", 1, ["at+jwt"], "JWT", "rt+jwt", "text/at+jwt", "at+jwt "];
    expect(await verdictsOnce(exact, types.map(typed))).toEqual(["401 claim:typ"]);
  });
});

const other = { issuer: "https://other.example", signer: createSigner("ES256") };
const twoIssuers = {
  policy: `
tokens:
  desk: { issuer: "${ISSUER}", audience: ${AUDIENCE}, algorithms: [ES256], keys: { environment: KEYS } }
  other: { issuer: "${other.issuer}", audience: ${AUDIENCE}, algorithms: [ES256], keys: { environment: OTHER } }
`,
  environment: {
    KEYS: JSON.stringify({ ...ec.jwk, kid: "k" }),
    OTHER: JSON.stringify({ ...other.signer.jwk, kid: "k" }),
  },
};
const kid = { kid: "k" };

describe("V15 `iss` is exact, and the key is that issuer's", () => {
  it("nothing like the issuer is the issuer", async () => {
    const issuers = [
      undefined,
      null,
      1,
      [ISSUER],
      `${ISSUER}/`,
      ISSUER.toUpperCase(),
      `${ISSUER}.evil`,
    ];
    const tokens = issuers.map((iss) => saying({ iss }));
    expect(await verdictsOnce(exact, tokens)).toEqual(["401 issuer"]);
  });

  it("one issuer's key does not verify another's token, even under the same `kid`", async () => {
    const tokens = [
      forge(ec, { header: kid }),
      forge(other.signer, { header: kid, claims: { iss: other.issuer } }),
      forge(ec, { header: kid, claims: { iss: other.issuer } }),
      forge(other.signer, { header: kid }),
    ];
    const refused = "401 signature";
    expect(await verdicts(twoIssuers, tokens)).toEqual(["200", "200", refused, refused]);
  });
});

describe("V16 `aud` names this service exactly", () => {
  it("alone or in a list of texts", async () => {
    const audiences = [AUDIENCE, [AUDIENCE], ["other", AUDIENCE]];
    const tokens = audiences.map((aud) => saying({ aud }));
    expect(await verdictsOnce(exact, tokens)).toEqual(["200"]);
  });
});

describe("attack: aud/iss", () => {
  it("empty, nested, like a list, longer, with a slash, in another normal form", async () => {
    const audiences = [
      [],
      [[AUDIENCE]],
      { 0: AUDIENCE, length: 1 },
      `${AUDIENCE}.evil`,
      `${AUDIENCE}/`,
      AUDIENCE.slice(0, -1),
      [AUDIENCE, 1],
      null,
      undefined,
    ];
    const tokens = audiences.map((aud) => saying({ aud }));
    expect(await verdictsOnce(exact, tokens)).toEqual(["401 claim:aud"]);
    const policy = exact.policy.replace(`audience: ${AUDIENCE}`, 'audience: "caf\u00e9"');
    const twins = ["caf\u00e9", "cafe\u0301"].map((aud) => saying({ aud }));
    expect(await verdicts({ ...exact, policy }, twins)).toEqual(["200", "401 claim:aud"]);
    expect(await verdicts(exact, [saying({ iss: [ISSUER] })])).toEqual(["401 issuer"]);
  });
});

const noSeconds = [
  '"9999999999"',
  "null",
  "[1900000300]",
  "true",
  "1e400",
  "1e308",
  "-1",
  "1900000300.5",
  "1900000300000",
  "{}",
];

describe("V17 `exp` is a whole second until which the token lasts", () => {
  it.each(noSeconds)("and not %s", async (value) => {
    expect(await verdicts(exact, [printed("exp", value)])).toEqual(["401 claim:exp"]);
  });

  it("required; over in the second that it names, with the tolerance", async () => {
    const ends = [undefined, NOW - 1, NOW, NOW + 1, 2 ** 33];
    const tokens = ends.map((exp) => saying({ exp }));
    const over = "401 expired";
    expect(await verdicts(exact, tokens)).toEqual(["401 claim:exp", over, over, "200", "200"]);
    const edges = [NOW - 60, NOW - 59].map((exp) => saying({ exp }));
    expect(await verdicts(lenient, edges)).toEqual([over, "200"]);
  });
});

describe("V18 `nbf` and `iat` are whole seconds that have come", () => {
  it.each(["nbf", "iat"])("%s is a number", async (name) => {
    const tokens = noSeconds.map((value) => printed(name, value));
    expect(await verdictsOnce(exact, tokens)).toEqual([`401 claim:${name}`]);
  });

  it("no further ahead than the tolerance, which is a minute at the most", async () => {
    const tokens = [{ nbf: NOW + 60 }, { nbf: NOW + 61 }, { iat: NOW + 60 }, { iat: NOW + 61 }];
    expect(await verdicts(lenient, tokens.map(saying))).toEqual([
      "200",
      "401 claim:nbf",
      "200",
      "401 claim:iat",
    ]);
    expect(() => snapshotOf(issuerPolicy("HS256", ", clockTolerance: 61s"))).toThrow(
      "bad-clock-tolerance",
    );
  });

  it("from `iat` to `exp`, no longer than the policy allows", async () => {
    const desk = deskFor(secret, ", maxLifetime: 15m");
    const spans = [900, 901].map((span) => saying({ iat: NOW - 10, exp: NOW - 10 + span }));
    expect(await verdicts(desk, spans)).toEqual(["200", "401 lifetime"]);
  });
});

describe("attack: time", () => {
  it("each input of the list, and the one edge that is valid", async () => {
    const tokens = [
      ...noSeconds.map((value) => printed("exp", value)),
      saying({ exp: NOW - 60 }),
      saying({ nbf: NOW + 61 }),
      saying({ iat: NOW + 3600 }),
    ];
    const statuses = (await verdicts(lenient, tokens)).map((verdict) => verdict.slice(0, 3));
    expect(new Set(statuses)).toEqual(new Set(["401"]));
    expect(await verdicts(lenient, [saying({ nbf: NOW + 60 })])).toEqual(["200"]);
  });

  it("a verifier whose clock is an hour off", async () => {
    let now = NOW * 1000;
    const running = await openDesk({ ...exact, now: () => now });
    const token = bearer(saying({ iat: NOW, exp: NOW + 600 }));
    for (const hours of [-1, 0, 1]) {
      now = (NOW + hours * 3600) * 1000;
      await running.send(token);
    }
    const outcomes = await running.close();
    expect(outcomes.map(({ cause }) => cause)).toEqual(["claim:iat", undefined, "expired"]);
  });
});

describe("V19 `sub`, `jti` and `client_id` are texts of at most 1024 characters", () => {
  it.each(["sub", "jti", "client_id"])("%s", async (name) => {
    const misfits = [undefined, null, "", 1, true, ["x"], {}, "x".repeat(1025)];
    const tokens = misfits.map((value) => saying({ [name]: value }));
    expect(await verdictsOnce(exact, tokens)).toEqual([`401 claim:${name}`]);
    expect(await verdicts(exact, [saying({ [name]: "x".repeat(1024) })])).toEqual(["200"]);
  });

  it("a caller is told by issuer and subject together", async () => {
    const outcomes = await present(
      twoIssuers,
      bearer(forge(ec, { header: kid })),
      bearer(forge(other.signer, { header: kid, claims: { iss: other.issuer } })),
    );
    expect(outcomes.map(({ record }) => record.principal)).toMatchObject([
      { issuer: ISSUER, id: "u1" },
      { issuer: other.issuer, id: "u1" },
    ]);
  });
});

describe("attack: cross-kind", () => {
  it("ID token, logout token, refresh token, DPoP proof, and a sibling issuer's token", async () => {
    const kinds = ["JWT", "logout+jwt", "rt+jwt", "dpop+jwt"].map(typed);
    expect(await verdictsOnce(exact, kinds)).toEqual(["401 claim:typ"]);
    const { jwk } = ec;
    const proof = forge(ec, {
      header: { typ: "dpop+jwt", jwk },
      claims: JSON.stringify({ htm: "GET", htu: "https://desk.example/me", iat: NOW, jti: "p" }),
    });
    expect(await verdicts(deskFor(ec), [proof])).toEqual(["401 header"]);
    const sibling = forge(other.signer, { header: kid });
    expect(await verdicts(twoIssuers, [sibling])).toEqual(["401 signature"]);
  });
});
