import { describe, expect, it } from "vitest";
import { createSigner, encode, forge, NOW } from "../../runtime/authenticate/token-forge.js";
import type { Forgery, Signer } from "../../runtime/authenticate/token-forge.js";
import { bearer, issuerPolicy, present } from "../../runtime/authenticate/token-desk.js";
import type { DeskOptions } from "../../runtime/authenticate/token-desk.js";
import { openCredentialDesk } from "../../runtime/credentials/credential-desk.js";
import { bound, boundToken, proofFor, thumbprintOf } from "../../runtime/dpop/proof-maker.js";
import { issuer as proofIssuer, policyWith } from "../../runtime/dpop/dpop-desk.js";
import { documentWith, issuerOf, ringOf, ringPolicy } from "../../runtime/ring/ring-desk.js";
import { jwtOf, openStrategyDesk, withBearer } from "../../runtime/strategies/strategy-desk.js";
import { deskFor, secret } from "./verdicts.js";

// Statement H10: what the record of a refused token says of it.

const stranger = createSigner("HS256");

const listed: DeskOptions = {
  policy: issuerPolicy("HS256"),
  environment: { KEYS: JSON.stringify({ keys: [{ ...secret.jwk, kid: "2026-11" }] }) },
};

/** What the record says of a token, and the cause. */
async function recordOf(desk: DeskOptions, signer: Signer, forgery: Forgery = {}) {
  const token = forge(signer, { header: { kid: "2026-11" }, ...forgery });
  const [outcome] = await present(desk, bearer(token));
  expect(outcome?.record).toMatchObject({ status: 401, principal: null });
  return [outcome?.cause, outcome?.record.credential];
}

const known = { strategy: "jwt", keyId: "2026-11", issuer: "https://id.example" };

describe("H10 the record of a refused token", () => {
  it("names key, issuer, token and client once the signature held", async () => {
    const whole = { ...known, tokenId: "t1", clientId: "till" };
    const faults = {
      expired: { exp: NOW - 999 },
      "claim:aud": { aud: "other" },
      "claim:sub": { sub: 7 },
      "claim:nbf": { nbf: NOW + 999 },
      "claim:cnf": { cnf: { jkt: "x" } },
      "claim:roles": { roles: 7 },
    };
    for (const [cause, claims] of Object.entries(faults)) {
      expect(await recordOf(listed, secret, { claims })).toEqual([cause, whole]);
    }
  });

  it("names the issuer whose key it was, not the one that the claims say", async () => {
    const claims = { iss: "https://other.example" };
    const found = await recordOf(listed, secret, { claims });
    expect(found).toEqual(["issuer", { ...known, tokenId: "t1", clientId: "till" }]);
  });

  it("repeats no id that is none, or is too long", async () => {
    for (const odd of [{ deep: ["x"] }, 7, "", "x".repeat(1025)]) {
      const claims = { jti: odd, client_id: odd };
      const { tokenId, clientId, ...rest } = {
        ...Object((await recordOf(listed, secret, { claims }))[1]),
      };
      expect([tokenId, clientId, rest]).toEqual([undefined, undefined, known]);
    }
    const late = { exp: NOW - 999 };
    const claims = JSON.stringify({ iss: "https://id.example", jti: ["x"], ...late });
    expect((await recordOf(listed, secret, { claims }))[1]).toEqual(known);
  });

  it("names the key where the claims cannot be read", async () => {
    const found = await recordOf(listed, secret, { claims: '{"sub":"a","sub":"b"}' });
    expect(found).toEqual(["malformed", { strategy: "jwt", keyId: "2026-11" }]);
  });

  it("names the key alone where the signature did not hold", async () => {
    expect(await recordOf(listed, stranger, { claims: { jti: "forged", sub: "forged" } })).toEqual([
      "signature",
      { strategy: "jwt", keyId: "2026-11" },
    ]);
  });

  it("says nothing of a token whose key is not known, or that has no form", async () => {
    for (const header of [{ kid: "chosen-by-a-client" }, { kid: "x y" }, { alg: "none" }]) {
      const [, credential] = await recordOf(listed, secret, { header });
      expect(credential).toBeUndefined();
    }
    const [outcome] = await present(listed, "Bearer abc.def");
    expect(outcome?.record).toMatchObject({ cause: "malformed" });
    expect(outcome?.record.credential).toBeUndefined();
  });

  it("repeats no `kid` that a key without one was found for", async () => {
    // A key without a `kid` serves tokens with any.
    const desk = deskFor(secret);
    expect(await recordOf(desk, stranger, { header: { kid: "chosen-by-a-client" } })).toEqual([
      "signature",
      undefined,
    ]);
  });

  it("repeats no `kid` that a key would be derived for", async () => {
    const policy = ringPolicy("HS256", "from: application, strategy: per-token");
    const ring = ringOf(documentWith(["HKDF-SHA512"], { strategy: "per-token" }));
    const { token } = await issuerOf(policy, ring).issue({ id: "u1", clientId: "till" });
    const [head = "", body = ""] = token.split(".");
    const { kid, ...header } = JSON.parse(Buffer.from(head, "base64url").toString());
    const chosen = String(kid).replace(/\.t.{22}/, `.t${"chosen-by-a-client-xxxx".slice(0, 22)}`);
    const forged = `${encode(JSON.stringify({ ...header, kid: chosen }))}.${body}.${encode("x".repeat(32))}`;
    const [outcome] = await present({ policy, rings: { desk: ring } }, bearer(forged));
    expect(outcome?.cause).toBe("signature");
    expect(JSON.stringify(outcome?.record)).not.toContain("chosen");
    expect(outcome?.record.credential).toBeUndefined();
  });

  it("names the strategy that judged it", async () => {
    const { desk, sessions } = await openStrategyDesk();
    const { token } = await sessions.issue({ claims: { sub: "s1" }, expiresIn: 60 });
    await desk.send(
      withBearer("/guests", jwtOf("id")),
      withBearer("/sessions", token.replace(/.{4}$/, "AAAA")),
    );
    const outcomes = await desk.close();
    expect(outcomes.map(({ cause, record }) => [cause, record.credential])).toEqual([
      [
        "issuer",
        { strategy: "guests", issuer: "https://id.example", tokenId: "t1", clientId: "till" },
      ],
      ["unknown-token", undefined],
    ]);
  });
});

describe("H10 the record of a bound token", () => {
  it("names the key of the client whose proof was accepted", async () => {
    const client = createSigner("ES256");
    const token = boundToken(proofIssuer, client);
    const keys = String(proofIssuer.jwk["k"]);
    const desk = await openCredentialDesk({ snapshot: policyWith(), keys });
    const once = bound(token, proofFor(client, token));
    const plain = { ...once, headers: { Authorization: bearer(forge(proofIssuer)) } };
    for (const request of [once, once, plain]) await desk.send(request);
    const records = await desk.close();
    expect(records.map(({ cause, credential }) => [cause, credential?.keyThumbprint])).toEqual([
      [undefined, thumbprintOf(client)],
      ["dpop:replay", undefined],
      [undefined, undefined],
    ]);
  });

  it("names the token also where its proof is refused", async () => {
    const client = createSigner("ES256");
    const token = boundToken(proofIssuer, client);
    const keys = String(proofIssuer.jwk["k"]);
    const desk = await openCredentialDesk({ snapshot: policyWith(), keys });
    await desk.send(bound(token, proofFor(createSigner("ES256"), token)), {
      method: "GET",
      target: "/orders",
      headers: { Authorization: `Bearer ${token}` },
    });
    const records = await desk.close();
    expect(records.map(({ cause, credential }) => [cause, credential?.tokenId])).toEqual([
      ["dpop:key", "t1"],
      ["dpop:bearer", "t1"],
    ]);
  });
});
