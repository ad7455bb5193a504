import { CompactEncrypt, EncryptJWT } from "jose";
import { describe, expect, it } from "vitest";
import { bearer, issuerPolicy, present } from "./token-desk.js";
import { claimsWith, createSigner, encode, forge, signParts } from "./token-forge.js";
import type { Forgery } from "./token-forge.js";

const secret = createSigner("HS256");
const rsa = createSigner("RS256");
const desk = {
  policy: issuerPolicy("HS256"),
  environment: { KEYS: String(secret.jwk["k"]) },
};

const token = forge(secret);
const [head = "", body = "", tail = ""] = token.split(".");
const headText = Buffer.from(head, "base64url").toString();
const bodyText = Buffer.from(body, "base64url").toString();

/** All that is sent is refused for its form, whatever its signature is. */
async function expectMalformed(tokens: readonly string[]): Promise<void> {
  const outcomes = await present(desk, ...tokens.map(bearer));
  expect(outcomes.map(({ status, cause }) => [status, cause])).toEqual(
    tokens.map(() => [401, "malformed"]),
  );
}

/** Signed as they are, so that nothing but their form speaks against them. */
function signed(...forgeries: readonly Forgery[]): readonly string[] {
  return forgeries.map((forgery) => forge(secret, forgery));
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** The other spellings that lenient decoders give the same bytes. */
function respellings(part: string): readonly string[] {
  const last = ALPHABET.indexOf(part.at(-1) ?? "");
  const spare = part.length % 4 === 2 ? 16 : part.length % 4 === 3 ? 4 : 1;
  const siblings = Array.from({ length: spare }, (_, bits) => last - (last % spare) + bits)
    .filter((index) => index !== last)
    .map((index) => part.slice(0, -1) + ALPHABET.charAt(index));
  const padding = "=".repeat((4 - (part.length % 4)) % 4);
  return [
    ...siblings,
    `${part}${padding || "===="}`,
    `${part}=`,
    `${part.slice(0, 5)} ${part.slice(5)}`,
    `${part.slice(0, 5)}\t${part.slice(5)}`,
    `${part}A`,
    `${part}AA`,
    `${part}!`,
    `${part}%20`,
    `\u00ff${part}`,
  ];
}

describe("the spelling of a token", () => {
  it("starts from a good one", async () => {
    expect(await present(desk, bearer(token))).toMatchObject([{ status: 200 }]);
  });

  it("has no second form of the signature", async () => {
    const others = respellings(tail);
    expect(others).toHaveLength(12);
    const outcomes = await present(
      desk,
      ...others.map((part) => bearer(`${head}.${body}.${part}`)),
    );
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set([401]));
    // One is the good form of other bytes.
    const causes = outcomes.map(({ cause }) => cause);
    expect(causes.filter((cause) => cause !== "malformed")).toEqual(["signature"]);
  });

  it("has no second form of the header or the claims", async () => {
    // Of three lengths, so that each number of spare bits occurs.
    const pads = ["", " ", "  "];
    const tokens = pads.flatMap((pad) => [
      ...respellings(encode(headText + pad)).map((part) => signParts(secret, part, body)),
      ...respellings(encode(bodyText + pad)).map((part) => signParts(secret, head, part)),
    ]);
    await expectMalformed(tokens);
  });

  it("has the base64url alphabet", async () => {
    const text = JSON.stringify(claimsWith({ note: "\u00bf\u00ff?>~\u00fb\u00ff" }));
    const part = Buffer.from(text).toString("base64").replaceAll("=", "");
    expect(part).toMatch(/[+/]/);
    await expectMalformed([signParts(secret, head, part)]);
  });

  it("has three parts", async () => {
    const lengths = [0, 1, 3, 4, 5, 10_000].map((count) => ".".repeat(count));
    await expectMalformed([
      ...lengths,
      head,
      `${head}.${body}`,
      `${token}.`,
      `.${token}`,
      `${token}.${tail}`,
      `${head}..${body}.${tail}`,
      `.${body}.${tail}`,
      `${head}..${tail}`,
      `${token}.${token}`,
    ]);
  });

  it("ends where the token ends", async () => {
    await expectMalformed(
      [" ", "\t", ";", "\u00a0", "x", "%", " x", ' realm="x"'].map((rest) => `${token}${rest}x`),
    );
  });

  it("is no JSON serialization", async () => {
    const json = { protected: head, payload: body, signature: tail };
    const texts = [json, { payload: body, signatures: [json] }, [token], token];
    const outcomes = await present(desk, ...texts.map((text) => bearer(JSON.stringify(text))));
    // A comma could stand between two credentials.
    expect(outcomes.map(({ status }) => status)).toEqual([400, 400, 401, 401]);
  });
});

function sized(length: number): string {
  const room = length - forge(secret, { claims: { pad: "" } }).length;
  return forge(secret, { claims: { pad: "x".repeat(Math.floor((room * 3) / 4)) } });
}

describe("the size of a token", () => {
  it("may be 8 KiB", async () => {
    const fits = sized(8192);
    expect(fits.length).toBeGreaterThan(8180);
    expect(fits.length).toBeLessThanOrEqual(8192);
    expect(await present(desk, bearer(fits))).toMatchObject([{ status: 200 }]);
  });

  it("may not be more, though its signature is good", async () => {
    const long = "a".repeat(1 << 20);
    await expectMalformed([
      sized(8200),
      sized(1 << 20),
      `${long}.${body}.${tail}`,
      `${head}.${long}.${tail}`,
      `${head}.${body}.${long}`,
      `${head}.${body}.${".".repeat(1 << 20)}`,
      "eyJ".repeat(1 << 18),
    ]);
  });
});

/** An object of JSON with more members at its start or end. */
const before = (text: string, more: string) => `{${more},${text.slice(1)}`;
const after = (text: string, more: string) => `${text.slice(0, -1)},${more}}`;

const lists = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;
const objects = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;

describe("header and claims", () => {
  it("name each member once", async () => {
    await expectMalformed(
      signed(
        { header: before(headText, '"alg":"none"') },
        { header: after(headText, '"alg":"none"') },
        { header: after(headText, '"alg":"HS256"') },
        { header: after(headText, '"\\u0061lg":"HS256"') },
        { header: after(headText, '"x":{"y":1,"y":1}') },
        { claims: before(bodyText, '"sub":"u2"') },
        { claims: after(bodyText, '"sub":"u2"') },
        { claims: after(bodyText, '"s\\u0075b":"u2"') },
        { claims: after(bodyText, '"exp":9999999999') },
        { claims: after(bodyText, '"a":[{"b":1,"b":2}]') },
      ),
    );
  });

  it("may use every form of JSON that has one meaning", async () => {
    const texts = [
      `\r\n\t {"a":{},${bodyText.slice(1, -1)} } \n`,
      after(bodyText, '"text":"{\\"a\\":1,\\"a\\":2}:,[]\\\\"'),
      after(bodyText, '"1":{"b":1},"0":[{"a":[]},1.0,1e2,-0.5,true,null]'),
      after(bodyText, '"emoji":"\\ud83d\\ude00","text":"\\\\ud83d"'),
      after(bodyText, '"a":{"b":{"c":{"d":{"e":{"f":{"g":1}}}}}}'),
    ];
    const outcomes = await present(
      desk,
      ...signed(...texts.map((claims) => ({ claims }))).map(bearer),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(texts.map(() => 200));
  });

  it("are one object of JSON", async () => {
    const texts = [
      "",
      " ",
      "null",
      "1",
      "true",
      '"x"',
      "[]",
      "[{}]",
      "{",
      "{}{}",
      `${bodyText}x`,
      bodyText.slice(0, -1),
      `[${bodyText}]`,
      JSON.stringify(bodyText),
      `${bodyText},`,
      bodyText.replace('"sub"', "sub"),
      bodyText.replaceAll('"', "'"),
      after(bodyText, '"a":NaN'),
      after(bodyText, '"a":01'),
      `${bodyText}//`,
    ];
    await expectMalformed([
      ...signed(...texts.map((claims) => ({ claims }))),
      ...signed(...texts.map((header) => ({ header }))),
    ]);
  });

  it("are UTF-8 without a byte order mark", async () => {
    const inText = (bytes: readonly number[]) => {
      const [start = "", end = ""] = after(bodyText, '"a":"|"').split("|");
      return Buffer.concat([Buffer.from(start), Buffer.from(bytes), Buffer.from(end)]);
    };
    await expectMalformed(
      signed(
        { claims: `\ufeff${bodyText}` },
        { header: `\ufeff${headText}` },
        { claims: Buffer.from(bodyText, "utf16le") },
        { claims: Buffer.from(`\ufeff${bodyText}`, "utf16le") },
        { claims: inText([0xc0, 0xaf]) },
        { claims: inText([0xed, 0xa0, 0x80]) },
        { claims: inText([0xff]) },
        { claims: inText([0x80]) },
        { claims: inText([0xf4, 0x90, 0x80, 0x80]) },
        { claims: after(bodyText, '"a":"\\ud83d"') },
        { claims: after(bodyText, '"a":"\\ude00\\ud83d"') },
        { claims: after(bodyText, '"a":"\\\\\\ud83d"') },
        { claims: after(bodyText, '"\\udc00":1') },
      ),
    );
  });

  it("hold no name that would set a prototype", async () => {
    await expectMalformed(
      signed(
        { claims: after(bodyText, '"__proto__":{"roles":["boss"]}') },
        { claims: after(bodyText, '"a":{"\\u005f_proto__":1}') },
        { header: after(headText, '"__proto__":{"kid":"a"}') },
      ),
    );
  });

  it("are at most eight deep", async () => {
    await expectMalformed(
      signed(
        ...[8, 100, 2900].map((levels) => ({ claims: after(bodyText, `"a":${lists(levels)}`) })),
        ...[8, 100, 900].map((levels) => ({ claims: after(bodyText, `"a":${objects(levels)}`) })),
        ...[8, 100].map((levels) => ({ header: after(headText, `"a":${lists(levels)}`) })),
      ),
    );
    const outcomes = await present(
      desk,
      ...signed({ claims: after(bodyText, `"a":${lists(7)}`) }).map(bearer),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([200]);
  });
});

describe("a token in another wrapping", () => {
  it("is refused: JWE, and a token in a token", async () => {
    const key = Buffer.from(String(secret.jwk["k"]), "base64url");
    const publicKey = rsa.publicKey;
    if (publicKey === undefined) throw new Error("no key");
    const direct = new EncryptJWT({ ...claimsWith() })
      .setProtectedHeader({ alg: "dir", enc: "A256GCM", typ: "at+jwt" })
      .encrypt(key);
    const sealed = new CompactEncrypt(Buffer.from(token))
      .setProtectedHeader({ alg: "RSA-OAEP-256", enc: "A256GCM", cty: "JWT", typ: "at+jwt" })
      .encrypt(publicKey);
    const nested = signed({ header: { cty: "JWT" }, claims: token });
    await expectMalformed([await direct, await sealed, ...nested]);
    const rsaDesk = {
      policy: issuerPolicy("RS256"),
      environment: { KEYS: JSON.stringify(rsa.jwk) },
    };
    const outcomes = await present(rsaDesk, bearer(await sealed), bearer(await direct));
    expect(outcomes).toMatchObject([
      { status: 401, cause: "malformed" },
      { status: 401, cause: "malformed" },
    ]);
  });
});
