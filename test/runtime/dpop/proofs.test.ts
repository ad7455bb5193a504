import { createRevocations } from "@gatewright/runtime/revocations";
import { describe, expect, it } from "vitest";
import {
  ISSUER,
  NOW,
  createSigner,
  encode,
  forge,
  secretSigner,
  signParts,
} from "../authenticate/token-forge.js";
import { credentialPolicy, withAuthorization } from "../credentials/credential-desk.js";
import {
  claims,
  client,
  header,
  issuer,
  policyWith,
  proof,
  thief,
  token,
  useDpopDesk,
} from "./dpop-desk.js";
import { ORIGIN, bound, boundToken, proofFor, thumbprintOf } from "./proof-maker.js";
import type { ProofChanges } from "./proof-maker.js";

const required = policyWith("", "required");
const { open, outcomes } = useDpopDesk();

const bearerOf = (text: string) => withAuthorization(`Bearer ${text}`);

describe("V23: a token that is bound to a key", () => {
  it("passes with a proof of its client, whatever the algorithm of either", async () => {
    for (const algorithm of ["ES256", "Ed25519"] as const) {
      const signer = createSigner(algorithm);
      const own = boundToken(issuer, signer);
      expect(await outcomes(bound(own, proofFor(signer, own)))).toEqual([200]);
    }
  });

  it("is refused as a bearer token, with a proof and without", async () => {
    const bearer = withAuthorization(`Bearer ${token}`);
    const withProof = bound(token, proof(), { Authorization: `Bearer ${token}` });
    expect(await outcomes(bearer, withProof)).toEqual([
      [401, "dpop:bearer"],
      [401, "dpop:bearer"],
    ]);
  });

  it("is refused by a policy without DPoP too, as is one that is bound to a certificate", async () => {
    await open(credentialPolicy({}));
    const certificate = forge(issuer, { claims: { cnf: { "x5t#S256": "a" } } });
    const bearers = [token, certificate].map((value) => withAuthorization(`Bearer ${value}`));
    expect(await outcomes(...bearers, bound(token, proof()))).toEqual([
      [401, "claim:cnf"],
      [401, "claim:cnf"],
      401,
    ]);
  });

  it("may be any other token beside it, or none, as the policy says", async () => {
    const plain = forge(issuer);
    const bearer = withAuthorization(`Bearer ${plain}`);
    expect(await outcomes(bearer)).toEqual([200]);
    await open(required);
    expect(await outcomes(bearer)).toEqual([[401, "dpop:bearer"]]);
  });

  it("must be bound to the key by its thumbprint alone", async () => {
    const jkt = thumbprintOf(client);
    const odd = [
      undefined,
      null,
      jkt,
      {},
      { jkt: [jkt] },
      { jkt: `${jkt}=` },
      { jkt, "x5t#S256": "a" },
      { jwk: client.jwk },
    ];
    const requests = odd.map((cnf) => {
      const own = forge(issuer, { claims: { cnf } });
      return bound(own, proofFor(client, own));
    });
    expect(await outcomes(...requests)).toEqual(odd.map(() => [401, "dpop:key"]));
  });

  it("is looked at before its proof is", async () => {
    const forged = boundToken(createSigner("HS256"), client);
    const over = boundToken(issuer, client, { exp: NOW - 60, iat: NOW - 120 });
    const requests = [forged, over].map((own) => bound(own, proofFor(client, own)));
    expect(await outcomes(...requests)).toEqual([
      [401, "signature"],
      [401, "expired"],
    ]);
  });

  it("passes by a strategy that takes its issuer, and no other strategy takes one so", async () => {
    const authentication =
      "authentication: { default: users, strategies: { users: { tokens: desk } } }";
    await open(policyWith(authentication, "required"));
    const opaque = bound("gwo_abc", proof());
    expect(await outcomes(bound(token, proof()), bearerOf(token), opaque)).toEqual([
      200,
      [401, "dpop:bearer"],
      [401, "strategy"],
    ]);
  });

  it("can be revoked", async () => {
    const snapshot = policyWith("revocation: { store: memory }");
    const revocations = createRevocations(snapshot, { now: () => NOW * 1000 });
    await open(snapshot, { supplied: { revocations } });
    await revocations.revokeToken({ issuer: ISSUER, id: "t1" });
    expect(await outcomes(bound(token, proof()))).toEqual([[401, "revoked"]]);
  });
});

const signedBy = (signer: typeof client, changes: ProofChanges) =>
  bound(token, proofFor(signer, token, changes));

describe("V23: a proof", () => {
  it("comes alone: none, two lines, two in a line", async () => {
    const none = withAuthorization(`DPoP ${token}`);
    const twice = bound(token, proof(), { dpop: proof() });
    const joined = bound(token, `${proof()}, ${proof()}`);
    expect(await outcomes(none, twice, joined)).toEqual([
      [401, "dpop:proof"],
      [401, "dpop:two-proofs"],
      [401, "dpop:proof"],
    ]);
  });

  it("has its type, and no other JWT is one", async () => {
    const types = ["DPOP+JWT", "application/dpop+jwt"].map((typ) => header({ typ }));
    const others = ["at+jwt", "JWT", "dpop", "dpop+jwt ", undefined, ["dpop+jwt"]];
    expect(await outcomes(...types, ...others.map((typ) => header({ typ })))).toEqual([
      200,
      200,
      ...others.map(() => [401, "dpop:proof"]),
    ]);
    expect(await outcomes(bound(token, token))).toEqual([[401, "dpop:proof"]]);
  });

  it("is signed under its own key, by an algorithm of the policy that is not symmetric", async () => {
    const secret = secretSigner(Buffer.from(JSON.stringify(client.jwk)));
    const rsa = createSigner("RS256");
    const algs = [
      "HS256",
      "none",
      "None",
      "ES384",
      "RS256",
      "EdDSA",
      "es256",
      undefined,
      ["ES256"],
    ];
    const requests = [
      ...algs.map((alg) => header({ alg })),
      signedBy(secret, { header: { jwk: client.jwk } }),
      signedBy(secret, {}),
      signedBy(rsa, {}),
      signedBy(thief, { header: { jwk: client.jwk } }),
    ];
    expect(await outcomes(...requests)).toEqual(requests.map(() => [401, "dpop:proof"]));
  });

  it("brings a public key and nothing private, nor a way to another", async () => {
    const { x, ...withoutX } = client.jwk;
    const privateKey = { ...client.privateKey?.export({ format: "jwk" }) };
    const jwks = [
      privateKey,
      { ...client.jwk, d: "" },
      { ...client.jwk, k: "a" },
      { ...client.jwk, kty: "oct", k: "a" },
      withoutX,
      { ...client.jwk, x: client.jwk["y"], y: x },
      { ...client.jwk, crv: "P-384" },
      createSigner("Ed25519").jwk,
      [client.jwk],
      JSON.stringify(client.jwk),
      null,
      undefined,
    ];
    const requests = [
      ...jwks.map((jwk) => header({ jwk })),
      ...["jku", "x5u", "x5c", "x5t", "crit", "b64"].map((name) => header({ [name]: "a" })),
    ];
    expect(await outcomes(...requests)).toEqual(requests.map(() => [401, "dpop:proof"]));
  });

  it("has one reading", async () => {
    const good = proof();
    const [head = "", payload = "", signature = ""] = good.split(".");
    const doubled = `{"htm":"POST","htm":"GET","htu":"${ORIGIN}/orders","iat":${NOW},"jti":"a"}`;
    const texts = [
      `${good}=`,
      `${good}.`,
      `${head}.${payload}`,
      `${head}.${payload}.${signature.slice(0, -2)}`,
      signParts(client, head, encode(doubled)),
      `${" ".repeat(2)}${head}. ${payload}.${signature}`,
      "a".repeat(9000),
    ];
    const requests = texts.map((text) => bound(token, text));
    expect(await outcomes(...requests)).toEqual(requests.map(() => [401, "dpop:proof"]));
  });

  it("is of the client whose key the token names, for that token and none beside it", async () => {
    const other = boundToken(issuer, client, { jti: "t2" });
    const requests = [
      bound(token, proofFor(thief, token)),
      bound(token, proofFor(client, other)),
      claims({ ath: undefined }),
      claims({ ath: encode("a") }),
    ];
    expect(await outcomes(...requests)).toEqual([
      [401, "dpop:key"],
      ...[1, 2, 3].map(() => [401, "dpop:token"]),
    ]);
  });

  it("is for the method: one for GET is not used on POST", async () => {
    const posted = { ...bound(token, proof()), method: "POST" };
    const own = { ...claims({ htm: "POST" }), method: "POST" };
    const others = ["get", "Get", "HEAD", "", undefined, ["GET"]].map((htm) => claims({ htm }));
    expect(await outcomes(posted, own, ...others)).toEqual([
      [401, "dpop:method"],
      200,
      ...others.map(() => [401, "dpop:method"]),
    ]);
  });

  it("is not from the past, nor from the future", async () => {
    const times = [NOW - 60, NOW + 30, NOW - 61, NOW + 31, NOW + 3600, NOW * 1000, 0];
    const odd = [String(NOW), NOW + 0.5, null, undefined, true, [NOW]];
    const requests = [...times, ...odd].map((iat) => claims({ iat }));
    const refused = requests.slice(2).map(() => [401, "dpop:age"]);
    expect(await outcomes(...requests)).toEqual([200, 200, ...refused]);
  });

  it("has an id", async () => {
    const ids = [undefined, "", null, 7, ["a"], "a".repeat(257)];
    expect(
      await outcomes(...ids.map((jti) => claims({ jti })), claims({ jti: "a".repeat(256) })),
    ).toEqual([...ids.map(() => [401, "dpop:id"]), 200]);
  });
});
