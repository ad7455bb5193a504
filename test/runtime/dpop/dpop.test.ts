import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import type { RawRequest } from "../../agreement/raw-client.js";
import type { Members } from "../authenticate/token-forge.js";
import {
  ISSUER,
  NOW,
  createSigner,
  encode,
  forge,
  secretSigner,
  signParts,
} from "../authenticate/token-forge.js";
import { createRevocations } from "@gatewright/runtime/revocations";
import {
  credentialPolicy,
  openCredentialDesk,
  withAuthorization,
} from "../credentials/credential-desk.js";
import type { CredentialDesk, CredentialDeskOptions } from "../credentials/credential-desk.js";
import { ORIGIN, bound, boundToken, proofFor, thumbprintOf } from "./proof-maker.js";
import type { ProofChanges } from "./proof-maker.js";

const issuer = createSigner("HS256");
const keys = String(issuer.jwk["k"]);
const client = createSigner("ES256");
const thief = createSigner("ES256");
const token = boundToken(issuer, client);

const policyWith = (more = "", mode = "allowed") =>
  credentialPolicy({ token: `    dpop: ${mode}`, more });
const allowed = policyWith();
const required = policyWith("", "required");

let desk: CredentialDesk | undefined;
let clock = NOW * 1000;
afterEach(async () => {
  await desk?.close();
  desk = undefined;
  clock = NOW * 1000;
});

async function open(snapshot = allowed, more: Partial<CredentialDeskOptions> = {}) {
  await desk?.close();
  desk = await openCredentialDesk({ snapshot, keys, now: () => clock, ...more });
  return desk;
}

/** What becomes of requests, one after the other: the status, and the cause that was recorded. */
async function outcomes(...requests: readonly RawRequest[]): Promise<readonly unknown[]> {
  const opened = desk ?? (await open());
  const statuses: number[] = [];
  for (const request of requests) {
    const [answer] = await opened.send(request);
    statuses.push(answer?.status ?? 0);
  }
  const records = await opened.close();
  desk = undefined;
  return records.map(({ cause }, index) => (cause ? [statuses[index], cause] : statuses[index]));
}

const changed = (changes: ProofChanges) => bound(token, proofFor(client, token, changes));
const claims = (different: Members) => changed({ claims: different });
const header = (different: Members) => changed({ header: different });
const proof = () => proofFor(client, token);

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

  it("can be revoked", async () => {
    const snapshot = policyWith("revocation: { store: memory }");
    const revocations = createRevocations(snapshot, { now: () => clock });
    await open(snapshot, { supplied: { revocations } });
    await revocations.revokeToken({ issuer: ISSUER, id: "t1" });
    expect(await outcomes(bound(token, proof()))).toEqual([[401, "revoked"]]);
  });
});

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
    const signedBy = (signer: typeof client, changes: ProofChanges) =>
      bound(token, proofFor(signer, token, changes));
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

describe("V23: the URI of a proof", () => {
  const at = (
    htu: unknown,
    target = "/orders",
    headers: Readonly<Record<string, string>> = {},
  ) => ({
    ...bound(token, proofFor(client, token, { claims: { htu } }), headers),
    target,
  });

  it("is that of the request, query and fragment left aside", async () => {
    const requests = [
      at(`${ORIGIN}/orders`, "/orders?page=2"),
      at(`${ORIGIN}/orders?page=3#top`),
      at("HTTP://DESK.example/orders"),
      at(`${ORIGIN}:80/orders`),
      at(`${ORIGIN}/orders`, "/orders", { Host: "desk.example:80" }),
      at(`${ORIGIN}/orders/%7ea%2fb%c3%bc`, "/orders/~a%2Fb%C3%BC"),
      at(`${ORIGIN}/./x/../orders`),
    ];
    const expected = requests.map((_, index) => (index === 5 ? 400 : 200));
    // An encoded slash is refused before anything is read of a token.
    expect((await outcomes(...requests)).map((found) => [found].flat()[0])).toEqual(expected);
    expect(await outcomes(at(`${ORIGIN}/orders/%7ea%c3%bc`, "/orders/~a%C3%BC"))).toEqual([200]);
  });

  it("and no other: host, path, scheme, and a port unless it is the scheme's own", async () => {
    const others = [
      "http://other.example/orders",
      "http://desk.example.other.example/orders",
      "https://desk.example/orders",
      "http://desk.example:443/orders",
      "https://desk.example:443/orders",
      "http://desk.example:8080/orders",
      `${ORIGIN}/Orders`,
      `${ORIGIN}/orders/`,
      `${ORIGIN}//orders`,
      `${ORIGIN}/orders/7`,
      `${ORIGIN}/order%73s`,
      "http://user@desk.example/orders",
      "http://desk.example\\orders",
      " http://desk.example/orders",
      "http:desk.example/orders",
      "//desk.example/orders",
      "/orders",
      "",
      undefined,
      [`${ORIGIN}/orders`],
    ];
    expect(await outcomes(...others.map((htu) => at(htu)))).toEqual(
      others.map(() => [401, "dpop:uri"]),
    );
  });

  it("is not what an untrusted client says of proxies", async () => {
    const told = { "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example" };
    expect(await outcomes(at("https://evil.example/orders", "/orders", told))).toEqual([
      [401, "dpop:uri"],
    ]);
  });

  it("is what trusted proxies say, port 443 being that of https", async () => {
    const told = { "X-Forwarded-Proto": "https", "X-Forwarded-Host": "desk.example" };
    await open(policyWith("router: { trustedProxies: 1 }"));
    const through = (htu: string, more = {}) =>
      at(htu, "/orders", { Host: "inner:8080", ...told, ...more });
    const requests = [
      through("https://desk.example/orders"),
      through("https://desk.example:443/orders"),
      // What the client put before what the proxy added is not believed.
      through("https://evil.example/orders", { "X-Forwarded-Host": "evil.example, desk.example" }),
      through("http://desk.example/orders"),
      through("https://desk.example:80/orders"),
      through("http://inner:8080/orders"),
    ];
    expect(await outcomes(...requests)).toEqual([
      200,
      200,
      ...[2, 3, 4, 5].map(() => [401, "dpop:uri"]),
    ]);
  });

  it("is of a declared origin, whatever the request says of its own", async () => {
    await open(policyWith('dpop: { origins: ["https://desk.example"] }'));
    const evil = { Host: "evil.example", "X-Forwarded-Host": "evil.example" };
    const requests = [
      at("https://desk.example:443/orders", "/orders", { Host: "10.0.0.7:8080" }),
      at("http://evil.example/orders", "/orders", evil),
      at("http://desk.example/orders"),
    ];
    expect(await outcomes(...requests)).toEqual([200, [401, "dpop:uri"], [401, "dpop:uri"]]);
  });
});

describe("replayed DPoP", () => {
  it("passes once, and once for each client that chose the same id", async () => {
    const once = bound(token, proof());
    const other = createSigner("Ed25519");
    const theirs = boundToken(issuer, other);
    const jti = randomUUID();
    const same = bound(theirs, proofFor(other, theirs, { claims: { jti } }));
    expect(await outcomes(once, once, claims({ jti }), same, same)).toEqual([
      200,
      [401, "dpop:replay"],
      200,
      200,
      [401, "dpop:replay"],
    ]);
  });

  it("passes once of many at the same time", async () => {
    const opened = await open();
    const once = bound(token, proof());
    const answers = await opened.send(...Array.from({ length: 20 }, () => once));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it("is refused until the proof is too old, under the same id with another time too", async () => {
    const opened = await open();
    const jti = randomUUID();
    const send = async (iat: number) => {
      const [answer] = await opened.send(claims({ jti, iat }));
      return answer?.status;
    };
    expect(await send(NOW + 30)).toBe(200);
    for (const seconds of [1, 60, 90, 91]) {
      clock = (NOW + seconds) * 1000;
      expect(await send(NOW + 30)).toBe(401);
    }
  });

  it("is not looked for where the proof is not good: nobody can use up a client's ids", async () => {
    const jti = randomUUID();
    const stolen = bound(token, proofFor(thief, token, { claims: { jti } }));
    expect(await outcomes(stolen, claims({ jti, htm: "POST" }), claims({ jti }))).toEqual([
      [401, "dpop:key"],
      [401, "dpop:method"],
      200,
    ]);
  });

  it("is not possible where there is no room to remember: 503", async () => {
    await open(policyWith("dpop: { maxEntries: 2, maxAge: 5s }"));
    expect(await outcomes(...[1, 2, 3].map(() => claims({})))).toEqual([
      200,
      200,
      [503, "dpop-proofs-full"],
    ]);
  });
});

describe("the scheme DPoP", () => {
  it("is written in any letter case, and stands alone", async () => {
    const schemes = ["dpop", "DPOP", "DpOp  "];
    const requests = schemes.map((scheme) =>
      bound(token, proof(), { Authorization: `${scheme} ${token}` }),
    );
    const two = bound(token, proof(), { authorization: `Bearer ${forge(issuer)}` });
    const twice = bound(token, proof(), { authorization: `DPoP ${token}` });
    const joined = bound(token, proof(), { Authorization: `DPoP ${token}, Bearer ${token}` });
    const bare = bound(token, proof(), { Authorization: "DPoP" });
    const near = bound(token, proof(), { Authorization: `DPoPs ${token}` });
    expect(await outcomes(...requests, two, twice, joined, bare, near)).toEqual([
      200,
      200,
      200,
      ...[1, 2, 3].map(() => [400, "two-credentials"]),
      [401, "malformed"],
      401,
    ]);
  });

  it("is told beside Bearer, with what was wrong at the scheme that was used", async () => {
    const { port } = await open();
    const own = 'DPoP realm="gatewright", algs="ES256 Ed25519"';
    const told = async (headers: Readonly<Record<string, string>>) =>
      (await fetch(`http://127.0.0.1:${port}/orders`, { headers })).headers.get("www-authenticate");
    expect(await told({})).toBe(`Bearer realm="gatewright", ${own}`);
    expect(await told({ Authorization: "Bearer a" })).toBe(
      `Bearer realm="gatewright", error="invalid_token", ${own}`,
    );
    expect(await told({ Authorization: "DPoP a" })).toBe(
      `Bearer realm="gatewright", ${own}, error="invalid_token"`,
    );
    expect(await told({ Authorization: `DPoP ${token}` })).toBe(
      `Bearer realm="gatewright", ${own}, error="invalid_dpop_proof"`,
    );
  });

  it("is told alone where every token is bound, and not at all without DPoP", async () => {
    const told = async (port: number) =>
      (await fetch(`http://127.0.0.1:${port}/orders`)).headers.get("www-authenticate");
    const { port } = await open(required);
    expect(await told(port)).toBe('DPoP realm="gatewright", algs="ES256 Ed25519"');
    const { port: other } = await open(credentialPolicy({}));
    expect(await told(other)).toBe('Bearer realm="gatewright"');
  });
});

describe("a nonce", () => {
  const snapshot = policyWith("dpop: { nonce: required, maxAge: 10s }");

  it("is asked for, given out, good for a while, and then asked for again", async () => {
    const opened = await open(snapshot);
    const send = async (nonce?: unknown, iat = clock / 1000) => {
      const [answer] = await opened.send(claims({ nonce, iat }));
      const { status, headers } = answer ?? { status: 0, headers: new Map<string, string>() };
      return { status, nonce: headers.get("dpop-nonce"), told: headers.get("www-authenticate") };
    };
    const first = await send();
    expect(first).toMatchObject({ status: 401, told: expect.stringContaining("use_dpop_nonce") });
    const { nonce } = first;
    expect(nonce).toMatch(/^[\w-]{43}$/);
    expect(await send(nonce)).toEqual({ status: 200, nonce: undefined, told: undefined });
    for (const odd of [`${nonce}a`, "", 7, [nonce]]) expect((await send(odd)).status).toBe(401);
    clock += 10_000;
    const later = await send(nonce);
    // The next one comes with an answer that needs none yet.
    expect(later).toMatchObject({ status: 200, nonce: expect.not.stringContaining(String(nonce)) });
    clock += 10_000;
    expect((await send(nonce)).status).toBe(401);
    expect((await send(later.nonce)).status).toBe(200);
  });

  it("does not make a proof good that is not", async () => {
    const opened = await open(snapshot);
    const [asked] = await opened.send(claims({}));
    const nonce = asked?.headers.get("dpop-nonce");
    const [refused] = await opened.send(claims({ nonce, iat: NOW - 11 }));
    expect(refused?.status).toBe(401);
  });
});
