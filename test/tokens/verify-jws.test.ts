import { generateKeyPairSync, randomBytes } from "node:crypto";
import { verifyJws } from "@gatewright/runtime/tokens";
import type { JwsKey } from "@gatewright/runtime/tokens";
import { describe, expect, it } from "vitest";
import {
  createSigner,
  encode,
  secretSigner,
  signParts,
} from "../runtime/authenticate/token-forge.js";

interface Vector {
  readonly name: string;
  readonly algorithm: JwsKey["algorithm"];
  readonly jwk: Readonly<Record<string, string>>;
  readonly jws: readonly [header: string, payload: string, signature: string];
}

/** RFC 7515, appendix A: claims that ended in 2011. */
const PAYLOAD =
  "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

/** RFC 7515, appendix A.1 to A.3, and RFC 8037, appendix A.4 and A.5, with the public key of A.2. */
const vectors: readonly Vector[] = [
  {
    name: "RFC 7515 A.1",
    algorithm: "HS256",
    jwk: {
      kty: "oct",
      k: "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
    },
    jws: [
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9",
      PAYLOAD,
      "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    ],
  },
  {
    name: "RFC 7515 A.2",
    algorithm: "RS256",
    jwk: {
      kty: "RSA",
      n:
        "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4Ql" +
        "L-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUs" +
        "LA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoud" +
        "F8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
      e: "AQAB",
    },
    jws: [
      "eyJhbGciOiJSUzI1NiJ9",
      PAYLOAD,
      "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujG" +
        "bds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K" +
        "0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6" +
        "LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
    ],
  },
  {
    name: "RFC 7515 A.3",
    algorithm: "ES256",
    jwk: {
      kty: "EC",
      crv: "P-256",
      x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
      y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    },
    jws: [
      "eyJhbGciOiJFUzI1NiJ9",
      PAYLOAD,
      "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
    ],
  },
  {
    name: "RFC 8037 A.4 and A.5",
    algorithm: "EdDSA",
    jwk: { kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" },
    jws: [
      "eyJhbGciOiJFZERTQSJ9",
      "RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
      "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
    ],
  },
];

/** The cause for which a JWS is refused; undefined where it is not. */
function refusalOf(jws: string, key: JwsKey): string | undefined {
  try {
    verifyJws(jws, key);
    return undefined;
  } catch (error) {
    expect(error).toMatchObject({ name: "GateError", code: "invalid-token" });
    return Object(error).message;
  }
}

/** Another bit in the middle. */
function flipped(part: string): string {
  const bytes = Buffer.from(part, "base64url");
  const middle = Math.floor(bytes.length / 2);
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
  return bytes.toString("base64url");
}

describe.each(vectors)("$name", ({ algorithm, jwk, jws: [header, payload, signature] }) => {
  const key = { algorithm, key: jwk };
  const jws = `${header}.${payload}.${signature}`;

  it("verifies, and gives header and payload as they are", () => {
    const found = verifyJws(jws, key);
    expect(found.header).toMatchObject({ alg: algorithm });
    expect(Buffer.from(found.payload).toString("base64url")).toBe(payload);
  });

  it("does not with a bit changed anywhere", () => {
    expect(refusalOf(`${header}.${flipped(payload)}.${signature}`, key)).toBe("signature");
    expect(refusalOf(`${header}.${payload}.${flipped(signature)}`, key)).toBe("signature");
    expect(refusalOf(`${flipped(header)}.${payload}.${signature}`, key)).toMatch(
      /^(malformed|algorithm)$/,
    );
  });

  it("does not in another spelling, or shorter or longer", () => {
    const others = [`${jws}=`, `${jws} `, ` ${jws}`, `${jws}.`, jws.slice(0, -1), `${jws}A`, ""];
    const causes = others.map((text) => refusalOf(text, key));
    expect(causes.filter((cause) => cause !== "malformed" && cause !== "signature")).toEqual([]);
  });

  it("does not under another key of its kind", () => {
    const name = algorithm === "EdDSA" ? "Ed25519" : algorithm;
    expect(refusalOf(jws, { algorithm, key: createSigner(name).jwk })).toBe("signature");
  });

  it("does not where the reader expects another algorithm", () => {
    for (const other of vectors.filter((vector) => vector.algorithm !== algorithm)) {
      expect(refusalOf(jws, { algorithm: other.algorithm, key: other.jwk })).toBe("algorithm");
    }
  });
});

const secret = secretSigner(randomBytes(32));
const key: JwsKey = { algorithm: "HS256", key: secret.jwk };
const header = encode('{"alg":"HS256"}');

describe("a payload", () => {
  it.each(["no JSON", '{"exp":1,"nbf":9999999999,"iss":7,"aud":[]}', "\ud83d\ude00", "[]"])(
    "is bytes whose claims nobody reads: %s",
    (text) => {
      const { payload } = verifyJws(signParts(secret, header, encode(text)), key);
      expect(Buffer.from(payload).toString()).toBe(text);
    },
  );

  it("may be any bytes, but not none: so looks a JWS whose payload travels by itself", () => {
    const bytes = randomBytes(300);
    const { payload } = verifyJws(signParts(secret, header, encode(bytes)), key);
    expect(Buffer.from(payload).equals(bytes)).toBe(true);
    expect(refusalOf(signParts(secret, header, ""), key)).toBe("malformed");
  });
});

describe("a header", () => {
  it("may have any type, or none, and members that change nothing", () => {
    for (const typ of ["JOSE", "JWT", "at+jwt", undefined, "secevent+jwt"]) {
      const head = encode(JSON.stringify({ alg: "HS256", typ, kid: "a", nonce: "n" }));
      const found = verifyJws(signParts(secret, head, encode("x")), key);
      expect(found.header).toEqual(
        JSON.parse(JSON.stringify({ alg: "HS256", typ, kid: "a", nonce: "n" })),
      );
    }
  });

  it.each([
    { crit: ["exp"] },
    { b64: false, crit: ["b64"] },
    { jwk: secret.jwk },
    { jku: "https://x.example" },
    { x5c: [] },
  ])("is refused that changes the meaning or brings a key: %j", (more) => {
    const head = encode(JSON.stringify({ alg: "HS256", ...more }));
    expect(refusalOf(signParts(secret, head, encode("x")), key)).toBe("header");
  });

  it.each(["none", "HS384", "hs256", null, undefined, ["HS256"]])(
    "is refused with alg %j",
    (alg) => {
      const head = encode(JSON.stringify({ alg }));
      expect(refusalOf(signParts(secret, head, encode("x")), key)).toBe("algorithm");
    },
  );
});

it("what is no text is refused like any other", () => {
  for (const value of [undefined, null, 7, {}, Buffer.from("a.b.c")]) {
    expect(refusalOf(value as unknown as string, key)).toBe("malformed");
  }
});

const rsa = createSigner("RS256");
const ec = createSigner("ES256");
const ed = createSigner("Ed25519");
const pem = String(rsa.publicKey?.export({ type: "spki", format: "pem" }));
const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey;
const pss = generateKeyPairSync("rsa-pss", { modulusLength: 2048 }).publicKey;

describe("a key", () => {
  it.each<readonly [string, JwsKey["algorithm"], unknown, string]>([
    ["of another kind", "ES256", rsa.publicKey, "is of another kind"],
    ["of another curve", "ES256", p384, "is of another kind"],
    ["for PSS alone", "RS256", pss, "is of another kind"],
    ["that is a secret", "RS256", randomBytes(32), "is of another kind"],
    ["that is public where a secret is needed", "HS256", ec.publicKey, "is of another kind"],
    [
      "that is a PEM taken for a secret",
      "HS256",
      Buffer.from(pem),
      "is a public key, not a secret",
    ],
    [
      "that is a PEM behind a comment",
      "HS256",
      Buffer.from(`\n# key\n${pem}`),
      "is a public key, not a secret",
    ],
    [
      "that is a JWK's text",
      "HS256",
      Buffer.from(JSON.stringify(ed.jwk)),
      "is a public key, not a secret",
    ],
    [
      "that is DER",
      "HS256",
      rsa.publicKey?.export({ type: "spki", format: "der" }),
      "is a public key, not a secret",
    ],
    ["that is private", "ES256", ec.privateKey, "is a private key; verifying needs the public key"],
    ["that is a private JWK", "ES256", ec.privateKey?.export({ format: "jwk" }), "is no key"],
    ["of 1024 bits", "RS256", createSigner("RS256", 1024).publicKey, "is weak"],
    ["with e = 1", "RS256", { ...rsa.jwk, e: "AQ" }, "is weak"],
    ["of 31 bytes", "HS256", randomBytes(31), "is weak"],
    ["of zeros", "HS256", Buffer.alloc(64), "is weak"],
    ["of words", "HS256", Buffer.from("correct horse battery staple and more"), "is weak"],
    ["for encryption", "ES256", { ...ec.jwk, use: "enc" }, "is for something else"],
    ["for another algorithm", "ES256", { ...ec.jwk, alg: "ES384" }, "is for something else"],
    ["that only signs", "ES256", { ...ec.jwk, key_ops: ["sign"] }, "is for something else"],
    ["that is nothing", "ES256", undefined, "is no key"],
    ["that is no point", "ES256", { ...ec.jwk, y: ec.jwk["x"] }, "is no key"],
  ])("%s is refused before the JWS is read", (_, algorithm, given, reason) => {
    const verify = () => verifyJws("x", { algorithm, key: given as JwsKey["key"] });
    expect(verify).toThrow(
      expect.objectContaining({
        name: "GateError",
        code: "configuration-invalid",
        message: `the key for ${algorithm} ${reason}`,
      }),
    );
  });

  it("may be a handle, a JWK or bytes, and a JWK may say what it is for", () => {
    const jws = signParts(ec, encode('{"alg":"ES256"}'), encode("x"));
    const meant = { ...ec.jwk, alg: "ES256", use: "sig", key_ops: ["verify"] };
    for (const given of [ec.publicKey, ec.jwk, meant]) {
      expect(refusalOf(jws, { algorithm: "ES256", key: given as JwsKey["key"] })).toBeUndefined();
    }
    const bytes = Buffer.from(String(secret.jwk["k"]), "base64url");
    const mac = signParts(secret, header, encode("x"));
    expect(refusalOf(mac, { algorithm: "HS256", key: bytes })).toBeUndefined();
  });
});
