import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { NOW, createSigner, forge } from "../authenticate/token-forge.js";
import { credentialPolicy } from "../credentials/credential-desk.js";
import { claims, issuer, policyWith, proof, thief, token, useDpopDesk } from "./dpop-desk.js";
import { bound, boundToken, proofFor } from "./proof-maker.js";

const required = policyWith("", "required");
const { open, outcomes, setClock } = useDpopDesk();

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
      setClock(NOW + seconds);
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

const challengeOf = async (port: number) =>
  (await fetch(`http://127.0.0.1:${port}/orders`)).headers.get("www-authenticate");

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
    const { port } = await open(required);
    expect(await challengeOf(port)).toBe('DPoP realm="gatewright", algs="ES256 Ed25519"');
    const { port: other } = await open(credentialPolicy({}));
    expect(await challengeOf(other)).toBe('Bearer realm="gatewright"');
  });
});

describe("a nonce", () => {
  const snapshot = policyWith("dpop: { nonce: required, maxAge: 10s }");

  it("is asked for, given out, good for a while, and then asked for again", async () => {
    const opened = await open(snapshot);
    let now = NOW;
    const send = async (nonce?: unknown) => {
      const [answer] = await opened.send(claims({ nonce, iat: now }));
      const { status, headers } = answer ?? { status: 0, headers: new Map<string, string>() };
      return { status, nonce: headers.get("dpop-nonce"), told: headers.get("www-authenticate") };
    };
    const first = await send();
    expect(first).toMatchObject({ status: 401, told: expect.stringContaining("use_dpop_nonce") });
    const { nonce } = first;
    expect(nonce).toMatch(/^[\w-]{43}$/);
    expect(await send(nonce)).toEqual({ status: 200, nonce: undefined, told: undefined });
    for (const odd of [`${nonce}a`, "", 7, [nonce]]) expect((await send(odd)).status).toBe(401);
    setClock((now += 10));
    const later = await send(nonce);
    // The next one comes with an answer that needs none yet.
    expect(later).toMatchObject({ status: 200, nonce: expect.not.stringContaining(String(nonce)) });
    setClock((now += 10));
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
