import { isDeepStrictEqual } from "node:util";
import { GateError } from "@gatewright/runtime";
import { createTokenVerifier } from "@gatewright/runtime/tokens";
import fc from "fast-check";
import { createLocalJWKSet, jwtVerify } from "jose";
import type { JSONWebKeySet } from "jose";
import { describe, expect, it } from "vitest";
import { issuerPolicy, snapshotOf } from "../runtime/authenticate/token-desk.js";
import {
  AUDIENCE,
  ISSUER,
  NOW,
  algorithms,
  createSigner,
  encode,
  signParts,
} from "../runtime/authenticate/token-forge.js";
import type { Members, Signer } from "../runtime/authenticate/token-forge.js";

// jose verifies every token a second time, by its own reading of the same options: it knows nothing of this runtime.

const RUNS = 1500;
const TOLERANCE = 5;

/** The policy's own signers, and strangers who have no key in it. */
const own = algorithms.map((name) => createSigner(name));
const strangers = algorithms.map((name) => createSigner(name));

/** HS256 has an issuer of its own; the others share a key set. */
function setsOf(signers: readonly Signer[]): readonly (readonly Signer[])[] {
  return [
    signers.filter(({ algorithm }) => algorithm === "HS256"),
    signers.filter(({ algorithm }) => algorithm !== "HS256"),
  ];
}

/** Both verifiers for some of the signers. */
function verifiersFor(signers: readonly Signer[]) {
  const keys = signers.map(({ jwk, algorithm }) => ({ ...jwk, kid: `own-${algorithm}` }));
  const names = signers.map(({ algorithm }) => algorithm);
  const policy = issuerPolicy(names.join(", "), `, clockTolerance: ${TOLERANCE}s`);
  const verify = createTokenVerifier(snapshotOf(policy), {
    environment: { KEYS: JSON.stringify({ keys }) },
    now: () => NOW * 1000,
  });
  const set = createLocalJWKSet({ keys } as unknown as JSONWebKeySet);
  const [first] = keys;
  const secret = Buffer.from(String(Reflect.get(Object(first), "k")), "base64url");
  const options = {
    algorithms: [...names],
    issuer: ISSUER,
    audience: AUDIENCE,
    typ: "at+jwt",
    requiredClaims: ["sub", "client_id", "iat", "exp", "jti"],
    clockTolerance: TOLERANCE,
    currentDate: new Date(NOW * 1000),
  };
  const judge = (token: string) =>
    names.includes("HS256") ? jwtVerify(token, secret, options) : jwtVerify(token, set, options);
  return { verify, judge };
}

const verifiers = setsOf(own).map(verifiersFor);

const verifierOf = ({ algorithm }: Signer) => verifiers[algorithm === "HS256" ? 0 : 1];

/** Nothing that would be refused for its form: see `encoding.test.ts` for that. */
const plainJson = fc
  .jsonValue({ maxDepth: 2 })
  .filter((value) => !JSON.stringify(value).includes("__proto__"));

const name = fc.string({ minLength: 1, maxLength: 20 });
const tokenClaims: fc.Arbitrary<Members> = fc.record(
  {
    iss: fc.constant(ISSUER),
    aud: fc.constantFrom<unknown>(AUDIENCE, [AUDIENCE], ["other", AUDIENCE]),
    sub: name,
    client_id: name,
    jti: name,
    iat: fc.integer({ min: 0, max: NOW + TOLERANCE }),
    exp: fc.integer({ min: NOW - TOLERANCE + 1, max: 2 ** 33 }),
    nbf: fc.integer({ min: 0, max: NOW + TOLERANCE }),
    roles: fc.array(name, { maxLength: 3 }),
    more: plainJson,
  },
  { requiredKeys: ["iss", "aud", "sub", "client_id", "jti", "iat", "exp"] },
);

const tokenHeader = (signer: Signer): fc.Arbitrary<Members> =>
  fc.record(
    {
      alg: fc.constant(signer.algorithm),
      typ: fc.constantFrom("at+jwt", "AT+JWT", "application/at+jwt"),
      kid: fc.constant(`own-${signer.algorithm}`),
      more: plainJson,
    },
    { requiredKeys: ["alg", "typ"] },
  );

interface Draft {
  readonly signer: Signer;
  readonly header: Members;
  readonly claims: Members;
}

const draft: fc.Arbitrary<Draft> = fc.constantFrom(...own).chain((signer) =>
  fc.record({
    signer: fc.constant(signer),
    header: tokenHeader(signer),
    claims: tokenClaims,
  }),
);

function printed({ signer, header, claims }: Draft): string {
  return signParts(signer, encode(JSON.stringify(header)), encode(JSON.stringify(claims)));
}

/** What a member may be changed to; undefined takes it away. */
const change = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, "", [], {}, 0, -1, 0.5, NOW - 60, NOW + 60, NOW * 1000),
  fc.constantFrom<unknown>(ISSUER, AUDIENCE, [[AUDIENCE]], "none", "at+jwt", "JWT", "HS256"),
  fc.constantFrom<unknown>(...own.map(({ algorithm }) => algorithm)),
  plainJson,
);
const headerNames = ["alg", "typ", "kid", "crit", "b64", "jwk", "jku", "x5c", "cty", "zip"];
const claimNames = ["iss", "aud", "sub", "client_id", "jti", "iat", "exp", "nbf", "act", "cnf"];

const anySigner = fc.constantFrom(...own, ...strangers);

/** Changed by somebody who may sign it again, with a key of the policy or without. */
const resigned: fc.Arbitrary<string> = fc
  .record({
    draft,
    signer: fc.option(anySigner, { nil: undefined }),
    header: fc.dictionary(fc.constantFrom(...headerNames), change, { maxKeys: 2 }),
    claims: fc.dictionary(fc.constantFrom(...claimNames), change, { maxKeys: 2 }),
  })
  .map(({ draft: { signer, header, claims }, ...changes }) =>
    printed({
      signer: changes.signer ?? signer,
      header: { ...header, ...changes.header },
      claims: { ...claims, ...changes.claims },
    }),
  );

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Characters of the text exchanged, or left out, or put in. */
const flipped: fc.Arbitrary<string> = fc
  .record({
    draft,
    at: fc.nat(),
    length: fc.nat(2),
    text: fc.string({ unit: fc.constantFrom(...ALPHABET, ".", "=", " "), maxLength: 2 }),
  })
  .map(({ draft: drawn, at, length, text }) => {
    const token = printed(drawn);
    const start = at % (token.length + 1);
    return token.slice(0, start) + text + token.slice(start + length);
  });

/** Segments of two tokens in any order. */
const swapped: fc.Arbitrary<string> = fc
  .record({
    first: draft,
    second: draft,
    order: fc.array(fc.nat(5), { minLength: 3, maxLength: 3 }),
  })
  .map(({ first, second, order }) => {
    const segments = [printed(first), printed(second)].flatMap((token) => token.split("."));
    return order.map((index) => segments[index]).join(".");
  });

async function accepted(run: () => Promise<Members>): Promise<Members | undefined> {
  try {
    return await run();
  } catch (error) {
    // The runtime's verifier has no other error.
    if (error instanceof GateError) expect(error.code).toBe("invalid-token");
    else expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_(JW|JOSE)/) });
    return undefined;
  }
}

/** Asks both, and tells what the runtime accepted. */
async function compare(token: string): Promise<number> {
  let count = 0;
  for (const { verify, judge } of verifiers) {
    // Where it throws instead of rejecting, so does this line.
    const running = verify(token).then(
      ({ claims }) => claims,
      (error: unknown) => {
        expect(error).toBeInstanceOf(GateError);
        throw error;
      },
    );
    const mine = await accepted(() => running);
    if (mine === undefined) continue;
    count += 1;
    const second = await accepted(async () => ({ ...(await judge(token)).payload }));
    expect(isDeepStrictEqual({ ...mine }, second)).toBe(true);
  }
  return count;
}

describe("what the runtime accepts, jose accepts, with the same claims", () => {
  it("every good token, which both take", async () => {
    await fc.assert(
      fc.asyncProperty(draft, async (drawn) => {
        const token = printed(drawn);
        fc.pre(token.length <= 8192);
        await expect(verifierOf(drawn.signer)?.verify(token)).resolves.toMatchObject({
          expiresAt: Number(drawn.claims["exp"]) * 1000,
          keyId: drawn.header["kid"],
        });
        expect(await compare(token)).toBe(1);
      }),
      { numRuns: RUNS / 3 },
    );
  });

  it("changed and signed again, by its own key or by others", async () => {
    let count = 0;
    await fc.assert(
      fc.asyncProperty(resigned, async (token) => {
        count += await compare(token);
      }),
      { numRuns: RUNS },
    );
    // Some changes leave a token good; where none did, nothing would be compared.
    expect(count).toBeGreaterThan(RUNS / 100);
  });

  it.each([
    ["with characters changed", flipped],
    ["with segments of another", swapped],
  ])("%s", async (_, tokens) => {
    await fc.assert(
      fc.asyncProperty(tokens, async (token) => {
        await compare(token);
      }),
      { numRuns: RUNS },
    );
  });

  it("and anything at all is refused with a GateError, never thrown at once", async () => {
    await fc.assert(
      fc.asyncProperty(fc.anything(), async (value) => {
        for (const { verify } of verifiers) {
          const found = verify(value as string);
          await expect(found).rejects.toBeInstanceOf(GateError);
        }
      }),
      { numRuns: RUNS },
    );
  });
});
