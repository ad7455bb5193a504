import { createUseCounter, SAFE_USES } from "../../../runtime/ring/count-uses.js";
import { holdKeys } from "../../../runtime/ring/held-keys.js";
import { createRing } from "../../../runtime/ring/key-ring.js";
import { addKey, createRingKey } from "@gatewright/runtime/issuer";
import type { RingDocument } from "@gatewright/runtime/issuer";
import { describe, expect, it } from "vitest";
import { bearer, present } from "../authenticate/token-desk.js";
import { NOW } from "../authenticate/token-forge.js";
import { documentWith, issuerOf, ringPolicy, tokenFrom } from "./ring-desk.js";

/** A ring that stops after four tokens, and what it says. */
function wornRing(document: RingDocument) {
  const errors: unknown[] = [];
  let held = holdKeys(document);
  let seconds = NOW;
  const ring = createRing({
    current: () => held,
    reload: () => undefined,
    onError: (error) => errors.push(error),
    now: () => seconds * 1000,
    maxUses: 4,
  });
  return {
    ring,
    errors,
    change: (next: RingDocument, at = NOW) => {
      held = holdKeys(next);
      seconds = at;
    },
  };
}

const policyFor = (algorithm: string, strategy: string) =>
  ringPolicy(algorithm, `from: application, strategy: ${strategy}`, ", encryption: A256GCM");

describe("I6 a key of A256GCM is retired before 2^32 uses", () => {
  it("by sixteen processes that count by themselves", () => {
    expect(SAFE_USES * 16).toBe(2 ** 32);
  });

  it("is not used beyond the bound, which is told at half of it; a new key goes on", async () => {
    const document = documentWith(["Ed25519", "A256GCM"]);
    const { ring, errors, change } = wornRing(document);
    const policy = policyFor("Ed25519", "global");
    const issuer = issuerOf(policy, ring);
    const tokens = [await tokenFrom(issuer), await tokenFrom(issuer)];
    const [, { id = "" } = {}] = document.entries;
    const cure = "run `gatewright keys rotate`";
    expect(errors.map(String)).toEqual([
      `GateError: the key \`${id}\` has encrypted half as many tokens as are safe: ${cure}`,
    ]);
    tokens.push(await tokenFrom(issuer), await tokenFrom(issuer));
    for (let tries = 0; tries < 3; tries += 1) {
      await expect(tokenFrom(issuer)).rejects.toMatchObject({
        code: "configuration-invalid",
        message: `the key \`${id}\` has encrypted as many tokens as are safe: ${cure}`,
      });
    }
    const rotated = addKey(document, createRingKey("A256GCM"), NOW);
    if (rotated === undefined) throw new Error("no room for a key");
    change(rotated, NOW + rotated.publishSeconds);
    const later = issuerOf(policy, ring, { now: () => (NOW + rotated.publishSeconds) * 1000 });
    tokens.push(await tokenFrom(later));
    const now = () => (NOW + rotated.publishSeconds) * 1000;
    const outcomes = await present({ policy, rings: { desk: ring }, now }, ...tokens.map(bearer));
    expect(outcomes.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  });

  it("counts each slice, and no key of a single token", async () => {
    const sliced = wornRing(documentWith(["HKDF-SHA512"], { strategy: "sliced" }));
    const issuer = issuerOf(policyFor("HS256", "sliced"), sliced.ring);
    for (let uses = 0; uses < 4; uses += 1) await tokenFrom(issuer);
    await expect(tokenFrom(issuer)).rejects.toMatchObject({ code: "configuration-invalid" });
    const single = wornRing(documentWith(["HKDF-SHA512"], { strategy: "per-token" }));
    const other = issuerOf(policyFor("HS256", "per-token"), single.ring);
    for (let uses = 0; uses < 9; uses += 1) await tokenFrom(other);
    expect(single.errors).toEqual([]);
  });

  it("counts up to the bound from whatever was counted before", () => {
    const errors: unknown[] = [];
    const countUse = createUseCounter({ onError: (error) => errors.push(error), maxUses: 3 });
    for (const kid of ["a", "b", "a", "a"]) countUse(kid);
    expect(() => countUse("a")).toThrow("keys rotate");
    countUse("b");
    expect(errors).toHaveLength(2);
    // Of many keys the oldest are forgotten: none of them is active any more.
    for (let index = 0; index < 200; index += 1) countUse(`k${index}`);
    expect(() => countUse("a")).not.toThrow();
  });
});
