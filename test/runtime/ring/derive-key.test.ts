import { createSecretKey } from "node:crypto";
import { deriveKey, infoOf } from "@gatewright/runtime/issuer";
import type { DerivedKey } from "@gatewright/runtime/issuer";
import { assert, constantFrom, integer, option, property, record, string } from "fast-check";
import { describe, expect, it } from "vitest";

/** The bytes 0 to 63. */
const master = createSecretKey(Buffer.from(Array.from({ length: 64 }, (_, index) => index)));

/**
 * Computed with the modules hmac and hashlib of Python, by the steps of RFC 5869, section 2, from the salt
 * SHA-512("gatewright/1 salt" NUL deployment) and fields that stand behind their lengths in two bytes.
 */
const vectors: readonly (readonly [DerivedKey, string])[] = [
  [
    { deployment: "", purpose: "jws", alg: "HS256", ring: "main", slice: 0 },
    "82c65ee4b3d7c1d3aad2bacc1df0efbdd58bd5df1f265d0a4b1fab9a12e92260",
  ],
  [
    { deployment: "production", purpose: "jws", alg: "HS256", ring: "desk", slice: 527_777 },
    "9cd90373a368261ebf76f4a82038e0e10fb5f9f8f1eef73ae5c2bdb963b13c05",
  ],
  [
    { deployment: "production", purpose: "jwe", alg: "A256GCM", ring: "desk", slice: 527_777 },
    "92f809ac679621b10afa1365be2be77e2ec26cadef80e48b4b024f925b5b9ef3",
  ],
  [
    {
      deployment: "production",
      purpose: "jws",
      alg: "HS256",
      ring: "desk",
      jti: "AAAAAAAAAAAAAAAAAAAAAA",
      subject: "u1u1u1u1u1u1u1u1u1u1u1",
    },
    "bb161400a9180cfa0ef9ca73a3bdc8e7246c197a42f566ab3de112e76f8580e9",
  ],
  [
    { deployment: "dépôt", purpose: "jws", alg: "HS256", ring: "desk", slice: 2 ** 40 },
    "214036e3652186672b48daeeeb31c70ca7971384170706cb2f5b18bd28972840",
  ],
];

const wish = record({
  deployment: string({ maxLength: 4 }),
  purpose: constantFrom(...(["jws", "jwe", "rt", "csrf", "audit"] as const)),
  alg: constantFrom(...(["HS256", "A256GCM"] as const)),
  ring: string({ maxLength: 4 }),
  slice: option(integer({ min: 0, max: 3 }), { nil: undefined }),
  jti: string({ maxLength: 3 }),
  subject: string({ maxLength: 3 }),
}).map(({ slice, ...rest }) => (slice === undefined ? rest : { ...rest, slice }));

function hexOf(wanted: DerivedKey): string {
  return deriveKey(master, wanted).export().toString("hex");
}

describe("derived keys", () => {
  it.each(vectors)("I5 are HKDF-SHA512 as another program computes it: %j", (wanted, expected) => {
    expect(hexOf(wanted)).toBe(expected);
  });

  it("I5 differ wherever purpose, algorithm, ring, slice or token differs", () => {
    assert(
      property(wish, wish, (one, other) => {
        const isSame = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
        expect(hexOf(one) === hexOf(other)).toBe(isSame);
      }),
      { numRuns: 300 },
    );
  });

  it("I5 differ where the same letters are split in another way", () => {
    const basis = { deployment: "", purpose: "jws", alg: "HS256" } as const;
    const wishes: readonly DerivedKey[] = [
      { ...basis, ring: "ab", jti: "c", subject: "" },
      { ...basis, ring: "a", jti: "bc", subject: "" },
      { ...basis, ring: "a", jti: "b", subject: "c" },
      { ...basis, ring: "abc" },
      { ...basis, deployment: "a", ring: "bc" },
    ];
    expect(new Set(wishes.map(hexOf)).size).toBe(wishes.length);
    expect(new Set(wishes.map((wanted) => infoOf(wanted).toString("hex"))).size).toBe(
      wishes.length,
    );
  });
});

function sorted(wanted: DerivedKey): object {
  return Object.fromEntries(Object.entries(wanted).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
