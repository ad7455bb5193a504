import { createPublicKey, sign, verify } from "node:crypto";
import type { GateError } from "@gatewright/runtime";
import { createPolicyIssuer, openProvidedRing } from "@gatewright/runtime/issuer";
import { jwtVerify, createLocalJWKSet } from "jose";
import type { JSONWebKeySet } from "jose";
import { describe, expect, it } from "vitest";
import { bearer, present, snapshotOf } from "../authenticate/token-desk.js";
import { AUDIENCE, ISSUER, NOW } from "../authenticate/token-forge.js";
import type { LoosePolicy } from "../../agreement/loose-policy.js";
import {
  clock,
  documentWith,
  issuerOf,
  partsOf,
  ringOf,
  ringPolicy,
  tokenFrom,
} from "./ring-desk.js";

const policy = ringPolicy("Ed25519", "file: ring.json");

function messageOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "",
    (error: GateError) => {
      expect(error.code).toBe("configuration-invalid");
      return error.message;
    },
  );
}

describe("issued tokens", () => {
  it("I1 are access tokens by RFC 9068, for 15 minutes", async () => {
    const token = await tokenFrom(issuerOf(policy, ringOf(documentWith(["Ed25519"]))));
    const [header, claims] = partsOf(token);
    expect(header).toEqual({ alg: "Ed25519", typ: "at+jwt", kid: expect.any(String) });
    expect(claims).toEqual({
      iss: ISSUER,
      sub: "u1",
      aud: AUDIENCE,
      client_id: "till",
      iat: NOW,
      exp: NOW + 900,
      jti: expect.stringMatching(/^[\w-]{22}$/),
      roles: ["clerk"],
    });
  });

  it.each(["Ed25519", "ES256", "RS256", "HS256"] as const)(
    "are accepted by the gate, and by jose, under %s",
    async (alg) => {
      const document = documentWith([alg]);
      const token = await tokenFrom(issuerOf(ringPolicy(alg, "file: ring.json"), ringOf(document)));
      const [outcome] = await present(
        {
          policy: ringPolicy(alg, "file: ring.json"),
          files: { "ring.json": JSON.stringify(document) },
        },
        bearer(token),
      );
      expect([outcome?.status, outcome?.principal?.["roles"]]).toEqual([200, ["clerk"]]);
      if (alg === "HS256") return;
      const set = createLocalJWKSet(ringOf(document).jwks() as JSONWebKeySet);
      const options = { issuer: ISSUER, audience: AUDIENCE, typ: "at+jwt" };
      const { payload } = await jwtVerify(token, set, {
        ...options,
        currentDate: new Date(NOW * 1000),
      });
      expect(payload.sub).toBe("u1");
    },
  );

  it("call Ed25519 EdDSA where the policy lists it and the issuer is told so", async () => {
    const ring = ringOf(documentWith(["Ed25519"]));
    const both = ringPolicy("Ed25519, EdDSA", "from: application");
    const tokens = await Promise.all([
      tokenFrom(issuerOf(both, ring)),
      tokenFrom(issuerOf(both, ring, { edDsaHeader: "EdDSA" })),
    ]);
    expect(tokens.map((token) => partsOf(token)[0]?.["alg"])).toEqual(["Ed25519", "EdDSA"]);
    const outcomes = await present({ policy: both, rings: { desk: ring } }, ...tokens.map(bearer));
    expect(outcomes.map(({ status }) => status)).toEqual([200, 200]);
    expect(() => issuerOf(policy, ring, { edDsaHeader: "EdDSA" })).toThrow("no algorithm `EdDSA`");
  });

  it("I2 have ids of 128 random bits that nobody chooses", async () => {
    const issuer = issuerOf(policy, ringOf(documentWith(["Ed25519"])));
    const request = {
      id: "u1",
      clientId: "till",
      token: { jti: "mine", iss: "x", exp: 1, aud: "x" },
    };
    const issued = await Promise.all(Array.from({ length: 200 }, () => issuer.issue(request)));
    expect(new Set(issued.map(({ id }) => id)).size).toBe(200);
    for (const { token, id } of issued) {
      expect(Buffer.from(id, "base64url")).toHaveLength(16);
      expect(partsOf(token)[1]).toMatchObject({
        jti: id,
        iss: ISSUER,
        exp: NOW + 900,
        aud: AUDIENCE,
      });
    }
  });

  it("I1 live as long as the policy says, or shorter, never longer", async () => {
    const short = ringPolicy("Ed25519", "file: ring.json", ", maxLifetime: 5m");
    const issuer = issuerOf(short, ringOf(documentWith(["Ed25519"])));
    const who = { id: "u1", clientId: "till" };
    expect((await issuer.issue(who)).expiresAt).toBe((NOW + 300) * 1000);
    expect((await issuer.issue({ ...who, expiresIn: 60 })).expiresAt).toBe((NOW + 60) * 1000);
    for (const expiresIn of [301, 0, -1, 1.5, Number.NaN]) {
      expect(await messageOf(issuer.issue({ ...who, expiresIn }))).toContain("1 to 300 seconds");
    }
    const long = ringPolicy("Ed25519", "file: ring.json", ", maxLifetime: 1h");
    expect(() => issuerOf(long, ringOf(documentWith(["Ed25519"])))).toThrow("ends its keys before");
  });

  it("say what the policy wants their claims to say", async () => {
    const valued = ringPolicy(
      "Ed25519",
      "from: application",
      ", claimValues: { use: api, ver: 2 }",
    );
    const ring = ringOf(documentWith(["Ed25519"]));
    const { token } = await issuerOf(valued, ring).issue({
      id: "u1",
      clientId: "till",
      token: { use: "other" },
    });
    expect(partsOf(token)[1]).toMatchObject({ use: "api", ver: 2 });
    const [outcome] = await present({ policy: valued, rings: { desk: ring } }, bearer(token));
    expect(outcome?.status).toBe(200);
  });

  it("hold the principal where the policy looks for it", async () => {
    const text = `
tokens:
  desk: { issuer: "${ISSUER}", audience: [a, b], algorithms: [Ed25519], keys: { ring: { from: application } } }
principal:
  roles: realm.roles
  tenant: org.tenant
  scopes: { claim: scope, format: space-separated }
  claims: { shift: { type: int, claim: desk.shift } }
`;
    const issuer = issuerOf(text, ringOf(documentWith(["Ed25519"])));
    const { token } = await issuer.issue({
      id: "u1",
      clientId: "till",
      roles: ["boss"],
      tenant: "north",
      scopes: ["orders", "people"],
      claims: { shift: 2 } as never,
      sessionId: "s1",
      audience: "b",
      token: { acr: "2", org: { unit: 7 } },
    });
    expect(partsOf(token)[1]).toMatchObject({
      realm: { roles: ["boss"] },
      org: { unit: 7, tenant: "north" },
      scope: "orders people",
      desk: { shift: 2 },
      sid: "s1",
      acr: "2",
      aud: "b",
    });
  });

  it("are not signed where the gate would refuse them", async () => {
    const text = policy.replace("roles: roles", "roles: roles, claims: { shift: { type: int } }");
    const issuer = issuerOf(text, ringOf(documentWith(["Ed25519"])));
    const who = { id: "u1", clientId: "till" };
    expect(await messageOf(issuer.issue(who))).toContain("`desk.shift`".replace("desk.", ""));
    const plain = issuerOf(policy, ringOf(documentWith(["Ed25519"])));
    expect(await messageOf(plain.issue({ ...who, roles: ["pirate"] }))).toContain(
      "no role `pirate`",
    );
    for (const id of ["", "x".repeat(1025)]) {
      expect(await messageOf(plain.issue({ ...who, id }))).toContain("claim:sub");
      expect(await messageOf(plain.issue({ ...who, clientId: id }))).toContain("claim:client_id");
    }
    const strict = ringPolicy("Ed25519", "from: application", ", requiredClaims: [auth_time]");
    const asking = issuerOf(strict, ringOf(documentWith(["Ed25519"])));
    expect(await messageOf(asking.issue(who))).toContain("claim:auth_time");
    expect(await messageOf(plain.issue({ ...who, token: { act: { sub: "x" } } }))).toContain("act");
    expect(await messageOf(plain.issue({ ...who, audience: "x" }))).toContain("no such audience");
  });

  it("need an issuer of the policy and a key of the ring", async () => {
    const ring = ringOf(documentWith(["ES256"]));
    expect(await messageOf(tokenFrom(issuerOf(policy, ring)))).toContain(
      "no active key for Ed25519",
    );
    expect(() => issuerOf(policy, ring, { issuer: "other" })).toThrow("no issuer `other`");
    const none =
      "tokens: { desk: { issuer: i, audience: a, algorithms: [ES256], keys: { file: k } } }\nprincipal: { roles: r }";
    expect(() => createPolicyIssuer<LoosePolicy>(snapshotOf(none), { ring })).toThrow(
      "no issuer with a key ring",
    );
  });

  it("I7 come with no key in what a ring says of itself, in errors or in snapshots", async () => {
    const document = documentWith(["Ed25519", "ES256", "RS256", "HS256"]);
    const ring = ringOf(document);
    const said = JSON.stringify([ring.describe(), ring.jwks(), snapshotOf(policy), ring]);
    const secrets = document.entries.flatMap(({ key }) =>
      ["d", "p", "q", "dp", "dq", "qi", "k"].flatMap((name) => String(key?.[name] ?? "") || []),
    );
    expect(secrets).toHaveLength(9);
    for (const secret of secrets) expect(said).not.toContain(secret);
  });
});

describe("a provider that signs", () => {
  it("keeps its private key, and the ring has the public one", async () => {
    const document = documentWith(["ES256"]);
    const [entry] = document.entries;
    const { d, ...published } = entry?.key ?? {};
    let asked = 0;
    const ring = await openProvidedRing(
      {
        get: () => ({
          ...document,
          entries: document.entries.map((known) => ({ ...known, key: published })),
        }),
        sign: async (_, data) => {
          asked += 1;
          const key = {
            key: { ...published, d } as never,
            format: "jwk",
            dsaEncoding: "ieee-p1363",
          } as const;
          return sign("sha256", data, key);
        },
      },
      { now: clock },
    );
    const application = ringPolicy("ES256", "from: application");
    const token = await tokenFrom(issuerOf(application, ring));
    const [outcome] = await present({ policy: application, rings: { desk: ring } }, bearer(token));
    expect([outcome?.status, asked]).toEqual([200, 1]);
    const key = createPublicKey({ key: published as never, format: "jwk" });
    const [head, body, signature = ""] = token.split(".");
    const input = Buffer.from(`${head}.${body}`);
    const handle = { key, dsaEncoding: "ieee-p1363" } as const;
    expect(verify("sha256", input, handle, Buffer.from(signature, "base64url"))).toBe(true);
  });

  it("is no signer where it has none", async () => {
    const document = documentWith(["ES256"]);
    const entries = document.entries.map((entry) => ({
      ...entry,
      key: { ...entry.key, d: undefined },
    }));
    const ring = await openProvidedRing({ get: () => ({ ...document, entries }) }, { now: clock });
    const application = ringPolicy("ES256", "from: application");
    expect(await messageOf(tokenFrom(issuerOf(application, ring)))).toContain("cannot sign");
  });
});
