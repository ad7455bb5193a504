import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { describe, expect, it } from "vitest";
import { bearer, issuerPolicy, openDesk } from "../../runtime/authenticate/token-desk.js";
import { claimsWith, createSigner, encode } from "../../runtime/authenticate/token-forge.js";
import type { Signer } from "../../runtime/authenticate/token-forge.js";
import { deskFor, ec, ed, headed, rsa, secret, verdicts, verdictsOnce } from "./verdicts.js";

// The statements V12 and V13, and the attack by signatures that fit any message.

/** Why a gate does not start with these keys, or what it answers where it does. */
async function startOf(algorithm: string, keys: unknown): Promise<string> {
  const text = typeof keys === "string" ? keys : JSON.stringify(keys);
  try {
    const desk = await openDesk({
      policy: issuerPolicy(algorithm),
      environment: { KEYS: text },
    });
    await desk.send(bearer("x"));
    const [outcome] = await desk.close();
    return `starts and answers ${outcome?.status}`;
  } catch (error) {
    return String(error);
  }
}

const padded = (part: unknown) =>
  Buffer.concat([Buffer.alloc(128), Buffer.from(String(part), "base64url")]).toString("base64url");
const named = (signer: Signer) => ({ ...signer.jwk, kid: "a" });
const short = createSigner("RS256", 1024);
const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey.export({ format: "jwk" });

describe("V12 a key below its floor keeps the service from starting", () => {
  it.each<readonly [string, string, unknown]>([
    ["a secret of 31 bytes", "HS256", randomBytes(31).toString("base64url")],
    ["a secret that is text", "HS256", "correct-horse-battery-staple-and-more-words"],
    ["text in base64url", "HS256", encode("correct horse battery staple, and more words")],
    ["a secret of one letter", "HS256", "a".repeat(64)],
    ["an RSA key of 1024 bits", "RS256", short.jwk],
    [
      "an RSA key of 1024 bits in a longer form",
      "RS256",
      { ...short.jwk, n: padded(short.jwk["n"]) },
    ],
    ["an RSA key with e = 1", "RS256", { ...rsa.jwk, e: "AQ" }],
    ["an RSA key with e = 2", "RS256", { ...rsa.jwk, e: "Ag" }],
  ])("%s", async (_, algorithm, keys) => {
    expect(await startOf(algorithm, keys)).toMatch(/hold a weak key/);
  });

  it.each<readonly [string, string, unknown, RegExp]>([
    [
      "a point off the curve",
      "ES256",
      { ...ec.jwk, x: ec.jwk["y"], y: ec.jwk["x"] },
      /cannot be read/,
    ],
    ["a point of another curve", "ES256", p384, /hold none for ES256/],
    ["a private key", "ES256", ec.privateKey?.export({ format: "jwk" }), /hold a private key/],
    ["a secret for public keys", "ES256", { keys: [ec.jwk, secret.jwk] }, /hold a shared secret/],
    [
      "one `kid` twice",
      "ES256",
      { keys: [named(ec), named(createSigner("ES256"))] },
      /no `kid` tells/,
    ],
  ])("%s", async (_, algorithm, keys, reason) => {
    expect(await startOf(algorithm, keys)).toMatch(reason);
  });

  it("and one at its floor does not", async () => {
    expect(await startOf("RS256", rsa.jwk)).toBe("starts and answers 401");
    expect(await startOf("HS256", randomBytes(32).toString("base64url"))).toBe(
      "starts and answers 401",
    );
  });
});

const header = headed({ alg: "ES256" });
const claims = encode(JSON.stringify(claimsWith()));
const sealed = (signature: Buffer) => `${header}.${claims}.${encode(signature)}`;
const good = ec.signatureOf(`${header}.${claims}`);
const [r, s] = [good.subarray(0, 32), good.subarray(32)];
const zero = Buffer.alloc(32);
/** NIST SP 800-186: the order of P-256, and the number behind it. */
const order = Buffer.from(
  "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
  "hex",
);
const beyond = Buffer.from(
  "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632552",
  "hex",
);

const turned = (bytes: Buffer) => Buffer.from([...bytes].toReversed());

describe("V13 a signature out of its range", () => {
  it("ES256: r or s that is 0, n or more, and 63 or 65 bytes", async () => {
    const signatures = [zero, order, beyond].flatMap((value) => [
      Buffer.concat([value, s]),
      Buffer.concat([r, value]),
      Buffer.concat([value, value]),
    ]);
    const lengths = [
      good.subarray(0, 63),
      good.subarray(1),
      Buffer.concat([good, zero.subarray(31)]),
    ];
    const tokens = [...signatures, ...lengths].map(sealed);
    expect(await verdicts(deskFor(ec), [sealed(good)])).toEqual(["200"]);
    expect(await verdictsOnce(deskFor(ec), tokens)).toEqual(["401 signature"]);
  });

  it("Ed25519: S of L or more, and 63 or 65 bytes", async () => {
    const input = `${headed({ alg: "Ed25519" })}.${claims}`;
    const signature = ed.signatureOf(input);
    // RFC 8032, section 5.1.7: numbers are little-endian; S + L satisfies the equation as well as S.
    const order25519 = 2n ** 252n + 27742317777372353535851937790883648493n;
    const scalar = BigInt(`0x${turned(signature.subarray(32)).toString("hex")}`);
    const raised = (scalar + order25519).toString(16).padStart(64, "0");
    const bad = [
      Buffer.concat([signature.subarray(0, 32), turned(Buffer.from(raised, "hex"))]),
      signature.subarray(1),
      Buffer.concat([signature, Buffer.alloc(1)]),
      Buffer.alloc(64),
    ];
    const tokens = bad.map((bytes) => `${input}.${encode(bytes)}`);
    expect(await verdicts(deskFor(ed), [`${input}.${encode(signature)}`])).toEqual(["200"]);
    expect(await verdictsOnce(deskFor(ed), tokens)).toEqual(["401 signature"]);
  });
});

describe("attack: psychic signature", () => {
  it("64 zero bytes, r = n, and DER instead of 64 bytes", async () => {
    const der = sign("sha256", Buffer.from(`${header}.${claims}`), ec.privateKey ?? "");
    const tokens = [Buffer.alloc(64), Buffer.concat([order, s]), der].map(sealed);
    expect(await verdictsOnce(deskFor(ec), tokens)).toEqual(["401 signature"]);
  });
});
