import { generateKeyPairSync, randomBytes } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GateError } from "@gatewright/runtime";
import { createPolicyGate } from "@gatewright/runtime/abi";
import type { SerializedSnapshot } from "@gatewright/runtime/abi";
import { describe, expect, it } from "vitest";
import type { LoosePolicy } from "../../agreement/loose-policy.js";
import { bearer, issuerPolicy, openDesk, snapshotOf } from "./token-desk.js";
import { AUDIENCE, ISSUER, createSigner, forge } from "./token-forge.js";
import { keys } from "@gatewright/runtime/abi/keys";
import { hosts } from "../../agreement/load-hosts.js";

const rsa = createSigner("RS256");
const ec = createSigner("ES256");
const ed = createSigner("Ed25519");
const secret = createSigner("HS256");

/** The error of a gate that is opened with a text as its keys; none where it starts. */
function errorOf(algorithms: string, text: string | undefined): GateError | undefined {
  const cwd = mkdtempSync(join(tmpdir(), "gatewright-"));
  const environment = { KEYS: text };
  try {
    createPolicyGate<LoosePolicy>(
      snapshotOf(issuerPolicy(algorithms)),
      { hosts, keys },
      { environment, cwd },
    );
    return undefined;
  } catch (error) {
    if (error instanceof GateError) return error;
    throw error;
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

/** What is wrong, behind the words that say whose keys are meant. */
function mistakeOf(algorithms: string, keys: string | undefined): string | undefined {
  const error = errorOf(algorithms, keys);
  if (error === undefined) return undefined;
  expect(error.code).toBe("configuration-invalid");
  const subject = "the keys of issuer `desk` (environment `KEYS`) ";
  expect(error.message.slice(0, subject.length)).toBe(subject);
  // Not even a piece of what was given.
  const pieces = (keys ?? "").split(/[^\w+/=-]+/).filter((piece) => piece.length > 15);
  for (const piece of pieces) expect(error.message).not.toContain(piece);
  expect(error.cause).toBeUndefined();
  return error.message.slice(subject.length);
}

function set(...keys: readonly unknown[]): string {
  return JSON.stringify({ keys });
}

function pem(key: KeyObject | undefined, type: "spki" | "pkcs8" | "pkcs1" | "sec1"): string {
  return String(key?.export({ type, format: "pem" } as never));
}

function der(key: KeyObject | undefined): string {
  return key?.export({ type: "spki", format: "der" }).toString("base64url") ?? "";
}

const exponentOne = { ...rsa.jwk, e: "AQ" };
const weak = createSigner("RS256", 1024);

describe("the keys of an issuer", () => {
  it.each([
    ["not set", undefined],
    ["empty", ""],
    ["blank", " \n\t "],
  ])("are missed where the variable is %s", (_, keys) => {
    for (const algorithm of ["ES256", "HS256"]) {
      expect(mistakeOf(algorithm, keys)).toBe("are missing");
    }
  });

  it.each([
    ["JSON that breaks off", "{"],
    ["JSON with a comma too many", `${JSON.stringify(ec.jwk).slice(0, -1)},}`],
    ["a JWK that is no point of the curve", set({ ...ec.jwk, x: ec.jwk["y"], y: ec.jwk["x"] })],
    ["a JWK without a coordinate", set({ ...ec.jwk, y: undefined })],
    ["a JWK whose members are no texts", set({ ...rsa.jwk, n: 7 })],
    ["an Ed25519 key that is too short", set({ ...ed.jwk, x: "AAAA" })],
    ["a PEM that breaks off", pem(ec.publicKey, "spki").slice(0, 80)],
    ["a PEM of nothing", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"],
    ["operations that are no list", set({ ...ec.jwk, key_ops: 7 })],
  ])("cannot be read: %s", (_, keys) => {
    expect(mistakeOf("RS256, ES256, Ed25519", keys)).toMatch(
      /^cannot be read: (no JWK, JWKS or PEM|ERR_[A-Z0-9_]+)$/,
    );
  });

  it.each([
    ["an empty object", "{}"],
    ["an empty set", set()],
    ["a set that is no list", '{"keys":"abc"}'],
    ["a set of nothing", set(null, 1, "x", [])],
    ["a key of another kind", set(ed.jwk)],
    ["a key of another curve", set(otherCurve("secp384r1"))],
    [
      "a PEM of another curve",
      pem(generateKeyPairSync("ec", { namedCurve: "P-521" }).publicKey, "spki"),
    ],
    ["a key for encryption", set({ ...ec.jwk, use: "enc" })],
    ["a key that may not verify", set({ ...ec.jwk, key_ops: ["deriveBits"] })],
    ["a key for another algorithm", set({ ...ec.jwk, alg: "ES384" })],
  ])("hold none that serves: %s", (_, keys) => {
    expect(mistakeOf("RS256, ES256", keys)).toBe("hold none for ES256, RS256");
  });

  it.each([
    ["RSA JWK", "RS256", JSON.stringify(rsa.privateKey?.export({ format: "jwk" }))],
    ["EC JWK", "ES256", JSON.stringify(ec.privateKey?.export({ format: "jwk" }))],
    ["Ed25519 JWK", "Ed25519", JSON.stringify(ed.privateKey?.export({ format: "jwk" }))],
    ["JWK beside a public one", "ES256", set(ec.jwk, ec.privateKey?.export({ format: "jwk" }))],
    [
      "JWK that is for encryption",
      "ES256",
      set(ec.jwk, { ...ec.privateKey?.export({ format: "jwk" }), use: "enc" }),
    ],
    ["PKCS#8", "ES256", pem(ec.privateKey, "pkcs8")],
    ["PKCS#1", "RS256", pem(rsa.privateKey, "pkcs1")],
    ["SEC 1", "ES256", pem(ec.privateKey, "sec1")],
    ["PEM behind a public one", "ES256", pem(ec.publicKey, "spki") + pem(ec.privateKey, "pkcs8")],
    ["PEM where a secret is needed", "HS256", pem(ec.privateKey, "pkcs8")],
    ["JWK where a secret is needed", "HS256", set(ec.privateKey?.export({ format: "jwk" }))],
  ])("hold a private key: %s", (_, algorithm, keys) => {
    expect(mistakeOf(algorithm, keys)).toBe("hold a private key; verifying needs the public key");
  });

  it.each([
    ["an RSA PEM", pem(rsa.publicKey, "spki")],
    ["an RSA PEM of PKCS#1", pem(rsa.publicKey, "pkcs1")],
    ["an EC PEM", `\n\u00a0${pem(ec.publicKey, "spki").trim()}`],
    ["a JWK", JSON.stringify(ed.jwk)],
    ["a JWKS", set(ec.jwk)],
    ["a JWKS beside a secret", set(secret.jwk, ec.jwk)],
    ["a JWKS for encryption beside a secret", set(secret.jwk, { ...ec.jwk, use: "enc" })],
    ["RSA DER in base64url", der(rsa.publicKey)],
    ["EC DER in base64url", der(ec.publicKey)],
    ["Ed25519 DER in base64url", der(ed.publicKey)],
    ["DER as the secret of a JWK", set({ kty: "oct", k: der(ec.publicKey) })],
  ])("are no public key where HS256 needs a secret: %s", (_, keys) => {
    expect(mistakeOf("HS256", keys)).toBe("hold a public key, which is not for HS256");
  });

  it.each([
    ["a text", String(secret.jwk["k"])],
    ["a path", "keys/issuer.json"],
    ["a JWK", JSON.stringify(secret.jwk)],
    ["a JWK beside a public one", set(ec.jwk, secret.jwk)],
    ["a JWK for encryption", set(ec.jwk, { ...secret.jwk, use: "enc" })],
  ])("are no secret where the algorithm needs a public key: %s", (_, keys) => {
    expect(mistakeOf("ES256", keys)).toBe("hold a shared secret, which is not for ES256");
  });

  it.each([
    ["31 bytes", randomBytes(31).toString("base64url")],
    ["a word", "changeme"],
    ["standard base64", Buffer.alloc(33, "\u00ff\u00fb").toString("base64")],
    ["base64url with padding", `${secret.jwk["k"]}=`],
    ["a sentence", "correct horse battery staple, and then some more words"],
    ["words with hyphens", "correct-horse-battery-staple-2024-and-more-words"],
    ["words in capitals", "CORRECT_HORSE_BATTERY_STAPLE_AND_SOME_MORE_WORDS"],
    [
      "words in base64url",
      Buffer.from("correct horse battery staple, and more").toString("base64url"),
    ],
    ["one letter many times", "a".repeat(64)],
    ["a pattern many times", "0123456789abcdef".repeat(3)],
    ["a JWK with a short secret", set({ kty: "oct", k: randomBytes(16).toString("base64url") })],
    ["a JWK without a secret", set({ kty: "oct" })],
    ["a JWK whose secret is no text", set({ kty: "oct", k: 7 })],
  ])("hold a weak secret: %s", (_, keys) => {
    expect(mistakeOf("HS256", keys)).toBe(
      "hold a weak key: RS256 needs 2048 bits, HS256 32 random bytes in base64url",
    );
  });

  it.each([
    ["of 1024 bits", set(weak.jwk)],
    ["of 1024 bits in PEM", pem(weak.publicKey, "spki")],
    ["of 1024 bits beside a good one", set({ ...rsa.jwk, kid: "a" }, { ...weak.jwk, kid: "b" })],
    ["with an exponent of 1", set(exponentOne)],
    ["with an exponent of 2", set({ ...rsa.jwk, e: "Ag" })],
    ["with an exponent of 1 in a longer form", set({ ...rsa.jwk, e: "AAAB" })],
  ])("hold a weak RSA key: %s", (_, keys) => {
    expect(mistakeOf("RS256", keys)).toMatch(/^hold a weak key: RS256 needs 2048 bits/);
  });

  it.each([
    ["one `kid`", set({ ...ec.jwk, kid: "a" }, { ...createSigner("ES256").jwk, kid: "a" })],
    ["one `kid` for two algorithms", set({ ...ec.jwk, kid: "a" }, { ...rsa.jwk, kid: "a" })],
    ["the same key twice", set({ ...ec.jwk, kid: "a" }, { ...ec.jwk, kid: "a" })],
    ["none", set(ec.jwk, createSigner("ES256").jwk)],
  ])("hold two under %s", (_, keys) => {
    expect(mistakeOf("RS256, ES256", keys)).toBe("hold two that no `kid` tells apart");
  });

  it.each([
    ["a number", 1],
    ["empty", ""],
    ["65 characters", "a".repeat(65)],
    ["not ASCII", "caf\u00e9"],
    ["with a space", "a b"],
    ["null", null],
  ])("are named by no `kid` that is %s", (_, kid) => {
    expect(mistakeOf("ES256", set({ ...ec.jwk, kid }))).toBe(
      "hold a `kid` that is not 1 to 64 ASCII characters",
    );
  });

  it.each([
    ["two algorithms without names", "RS256, ES256", set(ec.jwk, rsa.jwk)],
    [
      "a key that is kept for later",
      "ES256",
      set(ec.jwk, { ...createSigner("ES256").jwk, kid: "b" }),
    ],
    ["a weak key that serves nothing here", "ES256", set(ec.jwk, weak.jwk)],
    ["a PKCS#1 public key", "RS256", pem(rsa.publicKey, "pkcs1")],
    ["blanks around", "HS256", `  ${secret.jwk["k"]}\n`],
    ["32 random bytes in base 16", "HS256", randomBytes(32).toString("hex")],
    [
      "two secrets with names",
      "HS256",
      set({ ...secret.jwk, kid: "a" }, { ...createSigner("HS256").jwk, kid: "b" }),
    ],
  ])("may be %s", (_, algorithms, keys) => {
    expect(mistakeOf(algorithms, keys)).toBeUndefined();
  });
});

function filePolicy(place: string): SerializedSnapshot {
  return snapshotOf(`
tokens:
  desk: { issuer: "${ISSUER}", audience: ${AUDIENCE}, algorithms: [ES256], keys: { file: ${place} } }
`);
}

describe("the keys of a file", () => {
  it.each([
    ["is not there", "missing.json", "cannot be read: ENOENT"],
    ["is a folder", ".", "cannot be read: EISDIR"],
    ["is empty", "empty.json", "are missing"],
    ["holds no key", "text.json", "hold a shared secret, which is not for ES256"],
  ])("that %s", (_, place, mistake) => {
    const cwd = mkdtempSync(join(tmpdir(), "gatewright-"));
    writeFileSync(join(cwd, "empty.json"), "\n");
    writeFileSync(join(cwd, "text.json"), "no key");
    try {
      expect(() =>
        createPolicyGate<LoosePolicy>(filePolicy(place), { hosts, keys }, { cwd }),
      ).toThrow(
        expect.objectContaining({
          code: "configuration-invalid",
          message: `the keys of issuer \`desk\` (file \`${place}\`) ${mistake}`,
        }),
      );
    } finally {
      rmSync(cwd, { recursive: true });
    }
  });
});

describe("keys behind an address", () => {
  it("need the part of the runtime that fetches them", () => {
    const policy = snapshotOf(`
tokens:
  desk: { issuer: "${ISSUER}", audience: ${AUDIENCE}, algorithms: [ES256], keys: { url: "https://id.example/jwks" } }
`);
    expect(() => createPolicyGate<LoosePolicy>(policy, { hosts, keys })).toThrow(
      expect.objectContaining({
        code: "configuration-invalid",
        message: "the generated code does not load jwks: build it again",
      }),
    );
  });
});

describe("a swap to a policy whose keys are wrong", () => {
  it("is refused, and the policy before stays", async () => {
    const environment = { KEYS: String(secret.jwk["k"]) };
    const desk = await openDesk({ policy: issuerPolicy("HS256"), environment });
    expect(() => desk.swap(issuerPolicy("ES256"))).toThrow(
      expect.objectContaining({ code: "configuration-invalid" }),
    );
    await desk.send(bearer(forge(secret)));
    expect(await desk.close()).toMatchObject([{ status: 200 }]);
  });
});

function otherCurve(namedCurve: string): object {
  return generateKeyPairSync("ec", { namedCurve }).publicKey.export({ format: "jwk" });
}
