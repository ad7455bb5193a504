import type { KeyObject } from "node:crypto";
import { cache } from "@gatewright/runtime/abi/cache";
import { createRevocations } from "@gatewright/runtime/revocations";
import { loadSnapshot } from "@gatewright/runtime";
import { describe, expect, it } from "vitest";
import { openVerifiers } from "../../../runtime/tokens/open-verifiers.js";
import { verifyToken } from "../../../runtime/tokens/verify-token.js";
import type { KeyFinder } from "../../../runtime/tokens/verify-token.js";
import type { TokenVerifier } from "../../../runtime/tokens/verification.js";
import { ISSUER, NOW, createSigner, forge, signParts } from "../authenticate/token-forge.js";
import type { Members, Signer } from "../authenticate/token-forge.js";
import { bearer, openDesk } from "../authenticate/token-desk.js";
import { documentWith, issuerOf, ringOf, ringPolicy, tokenFrom } from "../ring/ring-desk.js";
import type { CredentialDesk } from "./credential-desk.js";
import { credentialPolicy, openCredentialDesk, withAuthorization } from "./credential-desk.js";

const signer = createSigner("ES256");
const other = createSigner("ES256");
const keysOf = (...signers: readonly Signer[]) =>
  JSON.stringify({ keys: signers.map(({ jwk }, index) => ({ ...jwk, kid: `k${index}` })) });
const policyWith = (maxEntries = 10, more = "") =>
  credentialPolicy({ algorithm: "ES256", token: `    cache: { maxEntries: ${maxEntries} }`, more });
const tokenWith = (claims: Members = {}, by = signer) =>
  forge(by, { header: { kid: "k0" }, claims });

/** The cache by itself, before a verifier that counts what it is asked; its issuer's key can be changed. */
function openCache(maxEntries = 10, wait: "at once" | "later" = "at once") {
  const snapshot = loadSnapshot(policyWith(maxEntries));
  let key: KeyObject | undefined = signer.publicKey;
  let asked = 0;
  const findKey: KeyFinder = () => (wait === "at once" ? key : Promise.resolve(key));
  const features = { keys: () => findKey, jwks: () => findKey };
  const verifiers = openVerifiers(snapshot.source.issuers, { features } as never);
  const verify: TokenVerifier = (token, now) => {
    asked += 1;
    return verifyToken(token, verifiers, now);
  };
  const cached = cache(snapshot, verifiers, verify);
  return {
    /** Whether the token passes, and whether it was verified for that. */
    async ask(token: string, seconds = NOW) {
      const before = asked;
      const { ok } = await cached(token, seconds * 1000);
      return [ok, asked > before ? "verified" : "remembered"];
    },
    change: (to: KeyObject | undefined) => {
      key = to;
    },
  };
}

/** As Node makes one from a request: another object with the same text. */
const copyOf = (text: string) => Buffer.from(text).toString("latin1");

describe.each(["at once", "later"] as const)("V22: a cache, with keys that come %s", (wait) => {
  it("remembers a token that was good, by its text", async () => {
    const { ask } = openCache(10, wait);
    const token = tokenWith();
    expect(await ask(token)).toEqual([true, "verified"]);
    expect(await ask(copyOf(token))).toEqual([true, "remembered"]);
    expect(await ask(tokenWith({ jti: "t2" }))).toEqual([true, "verified"]);
  });

  it("never takes another token for it, whatever ends alike", async () => {
    const { ask } = openCache(10, wait);
    const token = tokenWith();
    await ask(token);
    const [, payload = "", signature = ""] = token.split(".");
    const [otherHead = ""] = forge(other, { header: { kid: "k1" } }).split(".");
    const [, otherPayload = ""] = tokenWith({ roles: ["boss"] }).split(".");
    const [head = ""] = token.split(".");
    const near = [
      `${head}.${otherPayload}.${signature}`,
      `${otherHead}.${payload}.${signature}`,
      token.slice(1),
      `a${token}`,
      signature,
      signature.slice(-22),
    ];
    for (const text of near) expect(await ask(text)).toEqual([false, "verified"]);
    expect(await ask(token)).toEqual([true, "remembered"]);
  });

  it("does not remember what was refused", async () => {
    const { ask } = openCache(10, wait);
    const early = tokenWith({ nbf: NOW + 100, iat: NOW, exp: NOW + 500 });
    const forged = tokenWith({}, other);
    for (const token of [early, forged, early, forged]) {
      expect(await ask(token)).toEqual([false, "verified"]);
    }
    expect(await ask(early, NOW + 100)).toEqual([true, "verified"]);
  });

  it("asks about the times at each request", async () => {
    const { ask } = openCache(10, wait);
    const token = tokenWith({ exp: NOW + 10 });
    await ask(token);
    expect(await ask(token, NOW + 39)).toEqual([true, "remembered"]);
    expect(await ask(token, NOW + 40)).toEqual([false, "verified"]);
    // A clock that was set back.
    expect(await ask(token, NOW - 3600)).toEqual([false, "verified"]);
  });

  it("ends with the key, and goes on with one that is equal", async () => {
    const { ask, change } = openCache(10, wait);
    const token = tokenWith();
    await ask(token);
    change(createSigner("ES256").publicKey);
    expect(await ask(token)).toEqual([false, "verified"]);
    change(signer.publicKey);
    expect(await ask(token)).toEqual([true, "verified"]);
    change(undefined);
    expect(await ask(token)).toEqual([false, "verified"]);
  });

  it("holds so many tokens and no more; the one goes that was not used for longest", async () => {
    const { ask } = openCache(2, wait);
    const [a = "", b = "", c = ""] = ["a", "b", "c"].map((jti) => tokenWith({ jti }));
    for (const token of [a, b, a, c]) await ask(token);
    expect(await ask(a)).toEqual([true, "remembered"]);
    expect(await ask(c)).toEqual([true, "remembered"]);
    expect(await ask(b)).toEqual([true, "verified"]);
  });
});

async function send(desk: CredentialDesk, token: string): Promise<number | undefined> {
  const [answer] = await desk.send(withAuthorization(`Bearer ${token}`));
  return answer?.status;
}

describe("V22: a gate with a cache", () => {
  it("refuses a revoked token that it remembers", async () => {
    const snapshot = policyWith(10, "revocation: { store: memory }");
    const revocations = createRevocations(snapshot, { now: () => NOW * 1000 });
    const desk = await openCredentialDesk({
      snapshot,
      keys: keysOf(signer),
      supplied: { revocations },
    });
    const token = tokenWith();
    expect([await send(desk, token), await send(desk, token)]).toEqual([200, 200]);
    await revocations.revokeToken({ issuer: ISSUER, id: "t1" });
    expect(await send(desk, token)).toBe(401);
    await desk.close();
  });

  it("refuses a token that it remembers once its key is out of use", async () => {
    const policy = ringPolicy("ES256", "from: application", ", cache: { maxEntries: 9 }");
    const document = documentWith(["ES256"]);
    const ring = ringOf(document);
    const desk = await openDesk({ policy, rings: { desk: ring } });
    const value = bearer(await tokenFrom(issuerOf(policy, ring)));
    for (const _ of [1, 2]) await desk.send(value);
    ring.revoke(document.entries[0]?.id ?? "");
    await desk.send(value);
    const outcomes = await desk.close();
    expect(outcomes.map(({ status, cause }) => [status, cause])).toEqual([
      [200, undefined],
      [200, undefined],
      [401, "key"],
    ]);
  });

  it("begins anew with the policy that replaces another, and its keys", async () => {
    const environment = { KEYS: keysOf(signer) };
    const snapshot = policyWith();
    const desk = await openCredentialDesk({ snapshot, keys: "", supplied: { environment } });
    const token = tokenWith();
    expect([await send(desk, token), await send(desk, token)]).toEqual([200, 200]);
    environment.KEYS = keysOf(other);
    desk.swap(policyWith());
    expect(await send(desk, token)).toBe(401);
    expect(await send(desk, tokenWith({}, other))).toBe(200);
    await desk.close();
  });

  it("gives the application claims that it cannot change for the next request", async () => {
    const snapshot = credentialPolicy({
      algorithm: "ES256",
      token: "    cache: { maxEntries: 10 }",
      principal: "{ from: application }",
    });
    const seen: unknown[] = [];
    const supplied = {
      principalSource: ({ claims }: { readonly claims: Record<string, unknown> }) => {
        seen.push(JSON.stringify(claims));
        const isChanged = Reflect.set(claims, "sub", "other");
        return { id: "u1", roles: isChanged && seen.length > 1 ? [] : ["clerk"] };
      },
    };
    const desk = await openCredentialDesk({ snapshot, keys: keysOf(signer), supplied });
    const token = tokenWith();
    for (const expected of [200, 200, 200]) expect(await send(desk, token)).toBe(expected);
    expect(new Set(seen)).toHaveLength(1);
    await desk.close();
  });

  it("decides a token whose parts were signed apart as it did before", async () => {
    const desk = await openCredentialDesk({ snapshot: policyWith(), keys: keysOf(signer) });
    const token = tokenWith();
    const [head = "", payload = ""] = token.split(".");
    // ES256 signs the same text in many ways; each is a token of its own.
    const again = signParts(signer, head, payload);
    expect(again).not.toBe(token);
    expect([await send(desk, token), await send(desk, again)]).toEqual([200, 200]);
    await desk.close();
  });
});
