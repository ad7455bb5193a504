import { constants, sign } from "node:crypto";
import { describe, expect, it } from "vitest";
import { bearer, issuerPolicy, present } from "./token-desk.js";
import { claimsWith, createSigner, encode, forge, secretSigner, signParts } from "./token-forge.js";
import type { Algorithm, Members, Signer } from "./token-forge.js";

const rsa = createSigner("RS256");
const ec = createSigner("ES256");
const ed = createSigner("Ed25519");
const secret = createSigner("HS256");

const deskFor = (signer: Signer, algorithm: string = signer.algorithm) => ({
  policy: issuerPolicy(algorithm),
  environment: { KEYS: JSON.stringify(signer.jwk) },
});

const claims = encode(JSON.stringify(claimsWith()));
const headed = (header: Members) => encode(JSON.stringify({ typ: "at+jwt", ...header }));

/** Another bit in the last byte but one. */
function flip(part: string): string {
  const bytes = Buffer.from(part, "base64url");
  const index = bytes.length - 2;
  bytes.writeUInt8(bytes.readUInt8(index) ^ 1, index);
  return encode(bytes);
}

/** Little-endian, as Ed25519 writes numbers. */
function turned(bytes: Buffer): Buffer {
  return Buffer.from([...bytes].toReversed());
}

/** A good signature under a header that names another algorithm. */
function renamed(signer: Signer, alg: unknown): string {
  return forge(signer, { header: { alg } });
}

describe("a token without a signature", () => {
  const names = ["none", "None", "nOnE", "NONE", "none ", "", null, ["RS256"], ["none"], {}, 0];
  const headers = [...names.map((alg) => headed({ alg })), headed({})];

  it.each([rsa, secret])("is refused by a gate for $algorithm", async (signer) => {
    const tokens = headers.flatMap((header) => [
      `${header}.${claims}.`,
      `${header}.${claims}`,
      `${header}.${claims}.AAAA`,
      signParts(signer, header, claims),
    ]);
    const outcomes = await present(deskFor(signer), ...tokens.map(bearer));
    expect(outcomes).toHaveLength(headers.length * 4);
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set([401]));
    const causes = new Set(outcomes.map(({ cause }) => cause));
    expect(causes).toEqual(new Set(["algorithm", "malformed"]));
  });
});

describe("an algorithm that the policy does not name", () => {
  const others = [
    "HS256",
    "HS384",
    "HS512",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256K",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed448",
    "ML-DSA-44",
    "rs256",
    "RS256 ",
    "toString",
    "__proto__",
  ];

  it.each([rsa, ec, ed, secret])("is refused under a key for $algorithm", async (signer) => {
    const names = others.filter((name) => name !== signer.algorithm);
    const tokens = names.map((alg) => bearer(renamed(signer, alg)));
    const outcomes = await present(deskFor(signer), ...tokens);
    expect(outcomes.map(({ status, cause }) => [status, cause])).toEqual(
      names.map(() => [401, "algorithm"]),
    );
  });

  it("is refused even where the same key could verify it", async () => {
    const header = headed({ alg: "PS256" });
    const signature = sign("sha256", Buffer.from(`${header}.${claims}`), {
      key: String(rsa.privateKey?.export({ type: "pkcs8", format: "pem" })),
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: 32,
    });
    const token = `${header}.${claims}.${signature.toString("base64url")}`;
    const outcomes = await present(deskFor(rsa), bearer(token));
    expect(outcomes).toMatchObject([{ status: 401, cause: "algorithm" }]);
  });

  it("is refused where its own key lies in the same set", async () => {
    const keys = { keys: [rsa.jwk, ec.jwk] };
    const desk = { policy: issuerPolicy("ES256"), environment: { KEYS: JSON.stringify(keys) } };
    const outcomes = await present(desk, bearer(forge(rsa)), bearer(forge(ec)));
    expect(outcomes.map(({ status }) => status)).toEqual([401, 200]);
  });
});

describe("a public key taken for a secret", () => {
  const publics: readonly (readonly [Algorithm, Signer])[] = [
    ["RS256", rsa],
    ["ES256", ec],
    ["Ed25519", ed],
  ];

  it.each(publics)("verifies nothing: %s", async (algorithm, signer) => {
    const pem = String(signer.publicKey?.export({ type: "spki", format: "pem" }));
    const der = signer.publicKey?.export({ type: "spki", format: "der" }) ?? Buffer.alloc(0);
    const secrets = [
      pem,
      pem.trim(),
      `\n${pem}`,
      `\u00a0${pem}`,
      `# a key\n${pem}`,
      der,
      der.toString("base64"),
      JSON.stringify(signer.jwk),
      JSON.stringify({ keys: [signer.jwk] }),
      String(signer.jwk["x"] ?? signer.jwk["n"]),
      "",
    ];
    const tokens = secrets.flatMap((text) => {
      const forger = secretSigner(Buffer.from(text));
      return [forge(forger), forge(forger, { header: { alg: algorithm } })].map(bearer);
    });
    for (const desk of [deskFor(signer), { ...deskFor(signer), environment: { KEYS: pem } }]) {
      const outcomes = await present(desk, ...tokens);
      expect(outcomes.map(({ cause }) => cause)).toEqual(
        secrets.flatMap(() => ["algorithm", "signature"]),
      );
      expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set([401]));
    }
  });
});

describe("a signature", () => {
  const header = headed({ alg: "ES256" });
  const sealed = (signature: Buffer) => bearer(`${header}.${claims}.${encode(signature)}`);
  const good = ec.signatureOf(`${header}.${claims}`);
  // NIST SP 800-186: the order of P-256.
  const order = Buffer.from(
    "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
    "hex",
  );
  const zero = Buffer.alloc(32);
  const [r, s] = [good.subarray(0, 32), good.subarray(32)];

  it("of ES256 lies within the order of the curve and has 64 bytes", async () => {
    const der = sign("sha256", Buffer.from(`${header}.${claims}`), ec.privateKey ?? "");
    const signatures = [
      Buffer.concat([zero, zero]),
      Buffer.concat([zero, s]),
      Buffer.concat([r, zero]),
      Buffer.concat([order, s]),
      Buffer.concat([r, order]),
      Buffer.concat([order, order]),
      Buffer.concat([s, r]),
      good.subarray(0, 63),
      Buffer.concat([good, zero.subarray(0, 1)]),
      Buffer.concat([zero, good]),
      der,
    ];
    const [first, ...others] = await present(deskFor(ec), sealed(good), ...signatures.map(sealed));
    expect(first?.status).toBe(200);
    expect(others.map(({ status, cause }) => [status, cause])).toEqual(
      signatures.map(() => [401, "signature"]),
    );
  });

  it("of Ed25519 has one form", async () => {
    const edHeader = headed({ alg: "Ed25519" });
    const signature = ed.signatureOf(`${edHeader}.${claims}`);
    // RFC 8032, section 5.1.7: S + L would verify too where S is not compared with L.
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const scalar = BigInt(`0x${turned(signature.subarray(32)).toString("hex")}`);
    const raised = turned(Buffer.from((scalar + order).toString(16).padStart(64, "0"), "hex"));
    const other = Buffer.concat([signature.subarray(0, 32), raised]);
    const token = (bytes: Buffer) => bearer(`${edHeader}.${claims}.${encode(bytes)}`);
    const outcomes = await present(
      deskFor(ed),
      token(signature),
      token(other),
      token(Buffer.alloc(64)),
      token(signature.subarray(1)),
      token(Buffer.concat([signature, zero])),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([200, 401, 401, 401, 401]);
  });

  it.each([rsa, ec, ed, secret])("of $algorithm covers every bit", async (signer) => {
    const token = forge(signer);
    const [head = "", body = "", tail = ""] = token.split(".");
    const outcomes = await present(
      deskFor(signer),
      bearer(`${head}.${body}.${flip(tail)}`),
      bearer(`${head}.${flip(body)}.${tail}`),
      bearer(`${flip(head)}.${body}.${tail}`),
      bearer(`${head}.${encode(JSON.stringify(claimsWith({ roles: ["boss"] })))}.${tail}`),
      bearer(`${head}.${body}.${tail.slice(0, -4)}`),
      bearer(`${head}.${body}.`),
    );
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set([401]));
  });
});

describe("a header that brings or points to something", () => {
  const refused: readonly Members[] = [
    { jwk: ec.jwk },
    { jku: "http://127.0.0.1:9/jwks" },
    { jku: "http://169.254.169.254/latest" },
    { x5u: "https://id.example/cert" },
    { x5c: ["AAAA"] },
    { x5t: "AAAA" },
    { "x5t#S256": "AAAA" },
    { jwk: null },
    { crit: ["x"], x: 1 },
    { crit: [] },
    { crit: "exp" },
    { crit: ["alg"] },
    { crit: ["b64"], b64: true },
    { crit: ["b64", "b64"], b64: true },
    { crit: ["exp"] },
    { b64: true },
    { b64: false },
    { b64: false, crit: ["b64"] },
  ];

  it("is refused although its signature is good", async () => {
    const tokens = refused.map((header) => bearer(forge(ec, { header })));
    const outcomes = await present(deskFor(ec), ...tokens);
    expect(outcomes.map(({ status, cause }) => [status, cause])).toEqual(
      refused.map(() => [401, "header"]),
    );
  });

  it("may say what nobody needs to understand", async () => {
    const outcomes = await present(
      deskFor(ec),
      bearer(forge(ec, { header: { cty: "x", nonce: "y", constructor: 1, zip: "DEF" } })),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([200]);
  });

  it("does not choose the key that it brings", async () => {
    const own = createSigner("ES256");
    const outcomes = await present(deskFor(ec), bearer(forge(own, { header: { jwk: own.jwk } })));
    expect(outcomes).toMatchObject([{ status: 401, cause: "header" }]);
  });
});
