import { describe, expect, it } from "vitest";
import { bearer, issuerPolicy, openDesk, present } from "./token-desk.js";
import { AUDIENCE, ISSUER, algorithms, createSigner, forge } from "./token-forge.js";
import type { Algorithm, Signer } from "./token-forge.js";

const signers = new Map(algorithms.map((algorithm) => [algorithm, createSigner(algorithm)]));
const strangers = new Map(algorithms.map((algorithm) => [algorithm, createSigner(algorithm)]));

function signerOf(algorithm: Algorithm): Signer {
  const signer = signers.get(algorithm);
  if (signer === undefined) throw new Error(algorithm);
  return signer;
}

/** Every text that a key can be written as. */
const writings: readonly (readonly [string, (signer: Signer) => string])[] = [
  ["a JWKS", ({ jwk }) => JSON.stringify({ keys: [jwk] })],
  ["a JWKS with names", ({ jwk }) => JSON.stringify({ keys: [{ ...jwk, kid: "a", use: "sig" }] })],
  ["a JWK", ({ jwk }) => JSON.stringify(jwk)],
  [
    "a PEM or a secret",
    ({ publicKey, jwk }) =>
      publicKey === undefined
        ? String(jwk["k"])
        : String(publicKey.export({ type: "spki", format: "pem" })),
  ],
];

describe.each(algorithms)("%s", (algorithm) => {
  const signer = signerOf(algorithm);
  const stranger = strangers.get(algorithm) ?? signer;

  it.each(writings)("verifies with %s from the environment", async (_, write) => {
    const options = { policy: issuerPolicy(algorithm), environment: { KEYS: write(signer) } };
    const [own, foreign] = await present(options, bearer(forge(signer)), bearer(forge(stranger)));
    expect(own).toMatchObject({ status: 200, principal: { id: "u1", issuer: ISSUER } });
    expect(own?.record).toMatchObject({ decision: "allow", principal: { id: "u1" } });
    expect(foreign).toMatchObject({ status: 401, cause: "signature", principal: null });
  });

  it("takes a `typ` in any letter case, with or without `application/`", async () => {
    const environment = { KEYS: JSON.stringify(signer.jwk) };
    const tokens = ["at+jwt", "AT+JWT", "application/at+jwt"].map((typ) =>
      bearer(forge(signer, { header: { typ } })),
    );
    const outcomes = await present({ policy: issuerPolicy(algorithm), environment }, ...tokens);
    expect(outcomes.map(({ status }) => status)).toEqual([200, 200, 200]);
  });
});

describe("keys in a file", () => {
  const publicAlgorithms = algorithms.filter((algorithm) => algorithm !== "HS256");
  const policy = `
tokens:
  desk:
    { issuer: "${ISSUER}", audience: ${AUDIENCE}, algorithms: [RS256, ES256, Ed25519], keys: { file: keys.json } }
principal: { roles: roles }
`;

  it("serve several algorithms at once", async () => {
    const keys = publicAlgorithms.map((algorithm) => signerOf(algorithm).jwk);
    const files = { "keys.json": JSON.stringify({ keys }) };
    const tokens = publicAlgorithms.map((algorithm) => bearer(forge(signerOf(algorithm))));
    const outcomes = await present({ policy, files }, ...tokens);
    expect(outcomes.map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  it("are read again by a swap, and only by a swap", async () => {
    const [first, second] = [createSigner("ES256"), createSigner("ES256")];
    const environment = { KEYS: JSON.stringify(first.jwk) };
    const desk = await openDesk({ policy: issuerPolicy("ES256"), environment });
    const tokens = [bearer(forge(first)), bearer(forge(second))];
    await desk.send(...tokens);
    environment.KEYS = JSON.stringify(second.jwk);
    await desk.send(...tokens);
    desk.swap(issuerPolicy("ES256"));
    await desk.send(...tokens);
    const statuses = (await desk.close()).map(({ status }) => status);
    expect(statuses).toEqual([200, 401, 200, 401, 401, 200]);
  });
});

function headed(signer: Signer, kid?: unknown): string {
  return bearer(forge(signer, { header: kid === undefined ? {} : { kid } }));
}

function desk(...keys: readonly object[]) {
  const environment = { KEYS: JSON.stringify({ keys }) };
  return { policy: issuerPolicy("ES256"), environment };
}

describe("the choice of a key", () => {
  const [first, second, third] = [1, 2, 3].map(() => createSigner("ES256")) as [
    Signer,
    Signer,
    Signer,
  ];
  it("follows `kid`", async () => {
    const outcomes = await present(
      desk({ ...first.jwk, kid: "a" }, { ...second.jwk, kid: "b" }),
      headed(first, "a"),
      headed(second, "b"),
      headed(first, "b"),
      headed(first, "c"),
      headed(first),
    );
    expect(outcomes.map(({ status, cause }) => [status, cause])).toEqual([
      [200, undefined],
      [200, undefined],
      [401, "signature"],
      [401, "key"],
      [401, "key"],
    ]);
  });

  it("takes the only key for a token without `kid`, and the nameless one for a `kid` that none has", async () => {
    const named = await present(
      desk({ ...first.jwk, kid: "a" }),
      headed(first),
      headed(first, "b"),
    );
    expect(named.map(({ status }) => status)).toEqual([200, 401]);
    const nameless = await present(
      desk(first.jwk, { ...second.jwk, kid: "b" }),
      headed(first),
      headed(first, "a"),
      headed(second, "b"),
      headed(first, "b"),
    );
    expect(nameless.map(({ status }) => status)).toEqual([200, 200, 200, 401]);
    const alone = await present(desk(first.jwk), headed(first, "whatever"));
    expect(alone.map(({ status }) => status)).toEqual([200]);
  });

  it("leaves out keys that are for something else", async () => {
    const others = [
      { ...second.jwk, kid: "b", use: "enc" },
      { ...second.jwk, kid: "c", key_ops: ["sign"] },
      { ...second.jwk, kid: "d", alg: "ES384" },
      { kty: "EC", crv: "P-999", kid: "e" },
      { kty: "new", kid: "f" },
      { ...createSigner("RS256").jwk, kid: "g" },
    ];
    const outcomes = await present(
      desk({ ...first.jwk, kid: "a", use: "sig", key_ops: ["verify"], alg: "ES256" }, ...others),
      headed(first, "a"),
      ...["b", "c", "d", "e", "f", "g"].map((kid) => headed(second, kid)),
    );
    expect(outcomes.map(({ status, cause }) => [status, cause])).toEqual([
      [200, undefined],
      ...others.map(() => [401, "key"]),
    ]);
  });

  it.each([
    ["a path", "../../../../dev/null"],
    ["SQL", "x' UNION SELECT 'k"],
    ["a NUL", "a\u0000b"],
    ["a name of every object", "__proto__"],
    ["another", "constructor"],
    ["an object", { a: 1 }],
    ["a number", 1],
    ["null", null],
    ["nothing", ""],
    ["65 characters", "a".repeat(65)],
  ])("refuses %s as a `kid`", async (_, kid) => {
    const outcomes = await present(
      desk({ ...first.jwk, kid: "a" }, { ...third.jwk, kid: "b" }),
      headed(first, kid),
    );
    expect(outcomes).toMatchObject([{ status: 401, cause: "key" }]);
  });
});

function named(signer: Signer, iss: string, aud: string): string {
  return bearer(forge(signer, { header: { kid: "1" }, claims: { iss, aud } }));
}

describe("several issuers", () => {
  it("have their own keys, algorithms and audiences, even under one `kid`", async () => {
    const [mine, theirs] = [createSigner("ES256"), createSigner("Ed25519")];
    const policy = `
tokens:
  mine: { issuer: https://a.example, audience: a, algorithms: [ES256], keys: { environment: MINE } }
  theirs: { issuer: https://b.example, audience: b, algorithms: [Ed25519], keys: { environment: THEIRS } }
`;
    const environment = {
      MINE: JSON.stringify({ ...mine.jwk, kid: "1" }),
      THEIRS: JSON.stringify({ ...theirs.jwk, kid: "1" }),
    };
    const outcomes = await present(
      { policy, environment },
      named(mine, "https://a.example", "a"),
      named(theirs, "https://b.example", "b"),
      named(mine, "https://b.example", "b"),
      named(theirs, "https://a.example", "a"),
      named(mine, "https://a.example", "b"),
      named(mine, "https://c.example", "a"),
    );
    expect(outcomes.map(({ status, cause }) => [status, cause])).toEqual([
      [200, undefined],
      [200, undefined],
      [401, "algorithm"],
      [401, "algorithm"],
      [401, "claim:aud"],
      [401, "issuer"],
    ]);
  });
});
