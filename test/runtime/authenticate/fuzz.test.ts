import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bearer, issuerPolicy, openDesk } from "./token-desk.js";
import type { TokenDesk } from "./token-desk.js";
import { claimsWith, createSigner, encode, forge, signParts } from "./token-forge.js";
import type { Signer } from "./token-forge.js";

const RUNS = 400;
const BATCH = 25;

const signers = (["HS256", "ES256", "RS256"] as const).map((name) => createSigner(name));

const desk = (signer: Signer) => ({
  policy: issuerPolicy(signer.algorithm),
  environment: { KEYS: JSON.stringify(signer.jwk) },
});

/** What a header line can carry: visible characters, blanks, and octets above ASCII. */
const fieldCharacter = fc.oneof(
  fc.integer({ min: 0x20, max: 0x7e }),
  fc.integer({ min: 0x80, max: 0xff }),
  fc.constant(0x09),
);
const fieldText = fc
  .array(fieldCharacter, { maxLength: 120 })
  .map((codes) => String.fromCharCode(...codes));

/** JSON of any shape, some of it under the names that tokens use. */
const member = fc.oneof(
  fc.constantFrom(..."alg typ kid crit b64 jwk jku x5c iss aud sub exp nbf iat roles".split(" ")),
  fc.string({ maxLength: 8 }),
);
const json = fc.letrec<{ value: unknown; object: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom("HS256", "at+jwt", "https://id.example", "desk", "clerk", "none"),
    fc.jsonValue(),
    tie("object"),
  ),
  object: fc.dictionary(member, tie("value"), { maxKeys: 6 }),
}));

interface Bent {
  readonly from: number;
  readonly length: number;
  readonly text: string;
}

const bend: fc.Arbitrary<Bent> = fc.record({
  from: fc.nat(),
  length: fc.nat(3),
  text: fc.oneof(fc.constantFrom("", ".", "=", "A", "-", "_", " ", "\u00e9", "."), fieldText),
});

function bent(token: string, { from, length, text }: Bent): string {
  const start = from % (token.length + 1);
  return token.slice(0, start) + text + token.slice(start + length);
}

/** Sends what is generated in batches; every answer is one of those that a bad token can have. */
async function expectRefused(running: TokenDesk, values: fc.Arbitrary<string>): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.array(values, { minLength: BATCH, maxLength: BATCH }), async (batch) => {
      const responses = await running.send(...batch);
      const accepted = responses.filter(({ status }) => status !== 401 && status !== 400);
      expect(accepted).toEqual([]);
    }),
    { numRuns: Math.ceil(RUNS / BATCH) },
  );
  const outcomes = await running.close();
  expect(outcomes.length).toBeGreaterThanOrEqual(RUNS);
  expect(running.errors).toEqual([]);
  const principals = outcomes.map(({ record }) => record.principal);
  expect(new Set(principals)).toEqual(new Set([null]));
}

describe.each(signers)("$algorithm", (signer) => {
  const good = forge(signer);

  it("refuses any text as credentials", async () => {
    const texts = fc.oneof(
      fieldText,
      fieldText.map(bearer),
      fc.tuple(fieldText, fieldText, fieldText).map((parts) => bearer(parts.join("."))),
    );
    await expectRefused(await openDesk(desk(signer)), texts);
  });

  it("refuses a good token that was changed anywhere", async () => {
    // Blanks around the token belong to the header line.
    const changed = bend.map((how) => bent(good, how)).filter((text) => text.trim() !== good);
    await expectRefused(await openDesk(desk(signer)), changed.map(bearer));
  });

  it("refuses any bytes as header or claims, though they are signed", async () => {
    const [head = "", body = ""] = good.split(".");
    const bytes = fc.uint8Array({ maxLength: 60 }).map((data) => encode(Buffer.from(data)));
    const tokens = fc.oneof(
      bytes.map((part) => signParts(signer, part, body)),
      bytes.map((part) => signParts(signer, head, part)),
      bend.map((how) => signParts(signer, head, bent(body, how))).filter((text) => text !== good),
    );
    // A change within the claims may leave a token good: it is signed, after all.
    const running = await openDesk(desk(signer));
    await fc.assert(
      fc.asyncProperty(fc.array(tokens, { minLength: BATCH, maxLength: BATCH }), async (batch) => {
        const responses = await running.send(...batch.map(bearer));
        expect(responses.every(({ status }) => [200, 400, 401].includes(status))).toBe(true);
      }),
      { numRuns: Math.ceil(RUNS / BATCH) },
    );
    await running.close();
  });

  it("answers any JSON as header and claims with 200, 400 or 401", async () => {
    const tokens = fc.oneof(
      json.object.map((header) => forge(signer, { header: JSON.stringify(header) })),
      json.object.map((header) => forge(signer, { header: header as Record<string, unknown> })),
      json.object.map((claims) => forge(signer, { claims: JSON.stringify(claims) })),
      json.object.map((claims) => forge(signer, { claims: claims as Record<string, unknown> })),
    );
    const running = await openDesk(desk(signer));
    await fc.assert(
      fc.asyncProperty(fc.array(tokens, { minLength: BATCH, maxLength: BATCH }), async (batch) => {
        const responses = await running.send(...batch.map(bearer));
        for (const [index, { status }] of responses.entries()) {
          expect([200, 401]).toContain(status);
          if (status === 200) expectSound(batch[index] ?? "", signer);
        }
      }),
      { numRuns: Math.ceil(RUNS / BATCH) },
    );
    await running.close();
    expect(running.errors).toEqual([]);
  });
});

/** What every accepted token says, read without the code under test. */
function expectSound(token: string, signer: Signer): void {
  const [head = "", body = ""] = token.split(".");
  const header = JSON.parse(Buffer.from(head, "base64url").toString());
  const claims = JSON.parse(Buffer.from(body, "base64url").toString());
  const { iss, aud, exp } = claimsWith();
  expect(header.alg).toBe(signer.algorithm);
  expect(String(header.typ).toLowerCase()).toMatch(/^(application\/)?at\+jwt$/);
  expect(Object.keys(header)).not.toEqual(
    expect.arrayContaining([expect.stringMatching(/^(crit|b64|jwk|jku|x5c)$/)]),
  );
  expect(claims.iss).toBe(iss);
  expect([claims.aud].flat()).toContain(aud);
  expect(Number.isInteger(claims.exp) && claims.exp > Number(exp) - 300).toBe(true);
  expect(typeof claims.sub === "string" && claims.sub !== "").toBe(true);
}
