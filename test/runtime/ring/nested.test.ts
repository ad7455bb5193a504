import {
  constants,
  createCipheriv,
  createPublicKey,
  generateKeyPairSync,
  publicEncrypt,
  randomBytes,
} from "node:crypto";
import { deflateRawSync } from "node:zlib";
import { CompactEncrypt, compactDecrypt, decodeProtectedHeader } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { bearer, openDesk, present } from "../authenticate/token-desk.js";
import type { TokenDesk } from "../authenticate/token-desk.js";
import { NOW } from "../authenticate/token-forge.js";
import { documentWith, issuerOf, partsOf, ringOf, ringPolicy, tokenFrom } from "./ring-desk.js";

const policy = ringPolicy("Ed25519", "from: application", ", encryption: A256GCM");
const plainPolicy = ringPolicy("Ed25519", "from: application");
const document = documentWith(["Ed25519", "A256GCM"]);
const ring = ringOf(document);
const [, stored] = document.entries;
const KEY = Buffer.from(String(stored?.key?.["k"]), "base64url");
const KID = stored?.id ?? "";
const desk = { policy, rings: { desk: ring } };
const HEADER = { alg: "dir", enc: "A256GCM", cty: "JWT", typ: "at+jwt", kid: KID };

interface Sealing {
  readonly header?: object;
  readonly key?: Buffer;
  readonly ivLength?: number;
  readonly tagLength?: number;
  readonly encryptedKey?: string;
}

/** A JWE in compact form by hand, right or wrong. */
function seal(content: string | Buffer, sealing: Sealing = {}): string {
  const { header = HEADER, key = KEY, ivLength = 12, tagLength = 16, encryptedKey = "" } = sealing;
  const head = Buffer.from(JSON.stringify(header)).toString("base64url");
  const iv = randomBytes(ivLength);
  const cipher = createCipheriv("aes-256-gcm", key, iv, { authTagLength: 16 });
  cipher.setAAD(Buffer.from(head));
  const body = Buffer.concat([cipher.update(content), cipher.final()]);
  const tag = cipher.getAuthTag().subarray(0, tagLength);
  const rest = [iv, body, tag].map((part) => part.toString("base64url"));
  return [head, encryptedKey, ...rest].join(".");
}

function encrypt(jws: string, header: object): Promise<string> {
  return new CompactEncrypt(Buffer.from(jws)).setProtectedHeader(header as never).encrypt(KEY);
}

function flip(token: string, segment: number): string {
  const parts = token.split(".");
  const part = parts[segment] ?? "";
  const middle = Math.floor(part.length / 2);
  const other = part[middle] === "A" ? "B" : "A";
  parts[segment] = part.slice(0, middle) + other + part.slice(middle + 1);
  return parts.join(".");
}

/** Every one of these tokens gets the same answer. */
async function expectRefused(tokens: Readonly<Record<string, string>>, causes: readonly string[]) {
  const good = await tokenFrom(issuerOf(policy, ring));
  const outcomes = await present(desk, ...[good, ...Object.values(tokens)].map(bearer));
  const [fine, ...refused] = outcomes;
  expect(fine?.status).toBe(200);
  const names = Object.keys(tokens);
  refused.forEach(({ status, cause, response, principal }, index) => {
    expect([names[index], status, principal]).toEqual([names[index], 401, null]);
    expect([names[index], causes]).toEqual([names[index], expect.arrayContaining([cause])]);
    const { instance: _, ...body } = JSON.parse(response.body);
    expect(body).toEqual({
      type: expect.stringContaining("invalid-token"),
      title: expect.any(String),
      status: 401,
      detail: "the access token is not accepted",
    });
  });
  const challenges = refused.map(({ response }) => response.headers.get("www-authenticate"));
  expect(new Set(challenges).size).toBe(1);
}

describe("nested tokens", () => {
  let jws = "";
  beforeAll(async () => {
    jws = await tokenFrom(issuerOf(plainPolicy, ring));
  });

  it("are signed, then encrypted, and the gate reads who is inside", async () => {
    const token = await tokenFrom(issuerOf(policy, ring));
    expect(decodeProtectedHeader(token)).toEqual(HEADER);
    const { plaintext } = await compactDecrypt(token, KEY);
    const inner = Buffer.from(plaintext).toString();
    expect(partsOf(inner)[0]).toMatchObject({ alg: "Ed25519", typ: "at+jwt" });
    const [outcome] = await present(desk, bearer(token));
    expect([outcome?.status, outcome?.principal?.["id"]]).toEqual([200, "u1"]);
    // The record names the key that signed: it alone says who issued the token.
    expect(outcome?.record.credential?.keyId).toBe(partsOf(inner)[0]?.["kid"]);
  });

  it("are read as jose encrypts them, and `typ` may be left out where the policy says so", async () => {
    const outcomes = await present(
      desk,
      bearer(await encrypt(jws, HEADER)),
      bearer(await encrypt(jws, { ...HEADER, typ: "application/AT+JWT" })),
      bearer(await encrypt(jws, { ...HEADER, typ: undefined })),
    );
    expect(outcomes.map(({ status, cause }) => [status, cause])).toEqual([
      [200, undefined],
      [200, undefined],
      [401, "claim:typ"],
    ]);
  });

  it.each(["sliced", "per-token"] as const)("come from derived keys too: %s", async (strategy) => {
    const derived = ringOf(documentWith(["HKDF-SHA512"], { strategy }));
    const more = ", encryption: A256GCM";
    const text = ringPolicy("HS256", `from: application, strategy: ${strategy}`, more);
    const token = await tokenFrom(issuerOf(text, derived));
    const [outcome] = await present({ policy: text, rings: { desk: derived } }, bearer(token));
    expect(outcome?.status).toBe(200);
  });

  it("I6 have an IV of 96 bits that never comes again, and a tag of 128", async () => {
    const issuer = issuerOf(policy, ring);
    const twin = issuerOf(policy, ringOf(document));
    const tokens = await Promise.all(
      Array.from({ length: 400 }, (_, index) => tokenFrom(index % 2 ? issuer : twin)),
    );
    const parts = tokens.map((token) => token.split("."));
    expect(new Set(parts.map(([, , iv]) => iv)).size).toBe(400);
    for (const [, key, iv = "", , tag = ""] of parts) {
      expect(key).toBe("");
      expect(Buffer.from(iv, "base64url")).toHaveLength(12);
      expect(Buffer.from(tag, "base64url")).toHaveLength(16);
    }
  });

  it("I8 that are signed only are refused where the policy declares encryption", async () => {
    await expectRefused({ "signed only": jws }, ["not-encrypted"]);
  });

  it("I8 JWE/JWS confusion: that somebody could encrypt says nothing of who it was", async () => {
    const claims = Buffer.from(jws.split(".")[1] ?? "", "base64url").toString();
    const none = Buffer.from(JSON.stringify({ alg: "none", typ: "at+jwt" })).toString("base64url");
    const body = jws.split(".")[1];
    const published = ring.jwks().keys[0];
    const { publicKey } = generateKeyPairSync("x25519");
    const toPublic = (alg: string, key: object) =>
      new CompactEncrypt(Buffer.from(claims))
        .setProtectedHeader({ ...HEADER, alg, kid: String(published?.["kid"]) })
        .encrypt(key as never);
    const { publicKey: rsa } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    await expectRefused(
      {
        "claims inside, no JWS": seal(claims),
        "inner alg none": seal(`${none}.${body}.`),
        "inner alg none with a signature": seal(`${none}.${body}.AAAA`),
        "a JWS in JSON": seal(JSON.stringify({ payload: body, signatures: [] })),
        "a nested token in a nested token": seal(seal(jws)),
        "a forged signature inside": seal(`${jws.slice(0, -6)}AAAAAA`),
        "nothing inside": seal(""),
        "bytes inside": seal(randomBytes(64)),
        "text around the JWS": seal(` ${jws}`),
        "to a public key": await toPublic("ECDH-ES", publicKey),
        "to a public RSA key": await toPublic("RSA-OAEP-256", rsa),
        "under the bytes of the public key": seal(jws, {
          key: createPublicKey({ key: published as never, format: "jwk" })
            .export({ format: "der", type: "spki" })
            .subarray(-32),
        }),
      },
      ["malformed", "algorithm", "signature", "decryption", "header"],
    );
  });

  it("GCM: refuses other lengths, changed bits and an encrypted key", async () => {
    const good = seal(jws);
    const parts = good.split(".");
    await expectRefused(
      {
        "8-byte IV": seal(jws, { ivLength: 8 }),
        "16-byte IV": seal(jws, { ivLength: 16 }),
        "4-byte tag": seal(jws, { tagLength: 4 }),
        "12-byte tag": seal(jws, { tagLength: 12 }),
        "no tag": seal(jws, { tagLength: 0 }),
        "encrypted key": seal(jws, { encryptedKey: "AAAA" }),
        "changed IV": flip(good, 2),
        "changed content": flip(good, 3),
        "changed tag": flip(good, 4),
        "shorter content": [...parts.slice(0, 3), parts[3]?.slice(0, -4), parts[4]].join("."),
        "another key": seal(jws, { key: randomBytes(32) }),
        "another header": [
          Buffer.from(JSON.stringify({ ...HEADER, typ: "AT+JWT" })).toString("base64url"),
          ...parts.slice(1),
        ].join("."),
      },
      ["malformed", "decryption"],
    );
  });

  it("JWE zip bomb and p2c bomb: refuses what the header may not say, before any work", async () => {
    const bomb = deflateRawSync(Buffer.alloc(5_000_000));
    const p2 = { alg: "PBES2-HS256+A128KW", p2s: "AAAA" };
    await expectRefused(
      {
        zip: seal(jws, { header: { ...HEADER, zip: "DEF" } }),
        "zip bomb": seal(bomb.subarray(0, 4000), { header: { ...HEADER, zip: "DEF" } }),
        "p2c 2^31-1": seal(jws, { header: { ...HEADER, ...p2, p2c: 2 ** 31 - 1 } }),
        "p2c 1 200 001": seal(jws, { header: { ...HEADER, ...p2, p2c: 1_200_001 } }),
        "p2c beside dir": seal(jws, { header: { ...HEADER, p2c: 2 ** 31 - 1 } }),
        crit: seal(jws, { header: { ...HEADER, crit: ["exp"] } }),
        jwk: seal(jws, { header: { ...HEADER, jwk: { kty: "oct", k: "AAAA" } } }),
        jku: seal(jws, { header: { ...HEADER, jku: "http://127.0.0.1:1/" } }),
        epk: seal(jws, { header: { ...HEADER, alg: "ECDH-ES", epk: {} } }),
        "no cty": seal(jws, { header: { ...HEADER, cty: undefined } }),
        "another cty": seal(jws, { header: { ...HEADER, cty: "JSON" } }),
        A128GCM: seal(jws, { header: { ...HEADER, enc: "A128GCM" } }),
        "no kid": seal(jws, { header: { ...HEADER, kid: undefined } }),
        "a kid that is a path": seal(jws, { header: { ...HEADER, kid: "../../dev/null" } }),
        __proto__: seal(jws, { header: { ...HEADER, kid: "__proto__" } }),
        "the kid of the signature": seal(jws, {
          header: { ...HEADER, kid: document.entries[0]?.id },
        }),
        "a long token": `${seal(Buffer.alloc(200_000))}`.slice(0, 15_000),
      },
      ["algorithm", "header", "key", "malformed"],
    );
  });

  it("padding oracle: refuses RSA1_5 and CBC by their names, whatever their padding is", async () => {
    const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const samples = Array.from({ length: 1000 }, (_, index) => {
      const isRsa = index % 2 === 0;
      const cek = randomBytes(32);
      // Every other ciphertext is well formed.
      const wrapped = isRsa
        ? index % 4 === 0
          ? publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, cek)
          : randomBytes(256)
        : Buffer.alloc(0);
      const header = isRsa ? { ...HEADER, alg: "RSA1_5" } : { ...HEADER, enc: "A128CBC-HS256" };
      return seal(randomBytes(32), { header, encryptedKey: wrapped.toString("base64url") });
    });
    const opened: TokenDesk = await openDesk(desk);
    for (let start = 0; start < samples.length; start += 50) {
      await opened.send(...samples.slice(start, start + 50).map(bearer));
    }
    const outcomes = await opened.close();
    const answers = outcomes.map(({ status, response }) => {
      const { instance: _, ...body } = JSON.parse(response.body);
      return JSON.stringify([status, body, response.headers.get("www-authenticate")]);
    });
    expect(new Set(answers).size).toBe(1);
    expect(new Set(outcomes.map(({ cause }) => cause))).toEqual(
      new Set(["algorithm", "malformed"]),
    );
  });

  it("are for their own issuer: what another's key signed is not inside", async () => {
    const other = ringOf(documentWith(["Ed25519", "A256GCM"]));
    const both = `${policy.replace(
      "principal:",
      `  other: { issuer: "https://other.example", audience: desk, algorithms: [Ed25519], keys: { ring: { from: application } } }
principal:`,
    )}`;
    const token = await tokenFrom(issuerOf(both, other, { issuer: "other" }));
    const outcomes = await present(
      { policy: both, rings: { desk: ring, other } },
      bearer(token),
      bearer(seal(token)),
    );
    expect(outcomes.map(({ status, cause }) => [status, cause])).toEqual([
      [200, undefined],
      [401, "issuer"],
    ]);
  });

  it("end with their key", async () => {
    const own = ringOf(document);
    const token = await tokenFrom(issuerOf(policy, own));
    const opened = await openDesk({ policy, rings: { desk: own } });
    await opened.send(bearer(token));
    own.revoke(KID);
    await opened.send(bearer(token));
    const outcomes = await opened.close();
    expect(outcomes.map(({ status }) => status)).toEqual([200, 401]);
  });

  it("need a time that is right inside as well", async () => {
    const late = { ...desk, now: () => (NOW + 931) * 1000 };
    const [outcome] = await present(late, bearer(seal(jws)));
    expect([outcome?.status, outcome?.cause]).toEqual([401, "expired"]);
  });
});
