import { createDetectMask } from "@gatewright/runtime/masks";
import { createSecretKey, randomBytes } from "node:crypto";
import { SignJWT } from "jose";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { context } from "./every-mask.js";

const mask = createDetectMask();
const detect = (text: string) => String(mask(text, context));

describe("a detector", () => {
  it.each([
    ["paid with 4111 1111 1111 1111 today", "paid with [masked:card] today"],
    ["card=4111-1111-1111-1111;", "card=[masked:card];"],
    ["４１１１１１１１１１１１１１１１", "[masked:card]"],
    ["٤١١١١١١١١١١١١١١١", "[masked:card]"],
    ["4111\u200b1111\u00a01111\u20101111", "[masked:card]"],
    ["x4111111111111111123y", "x[masked:card]y"],
    ["4111.1111.1111.1111", "[masked:card]"],
    ["by 501800000009, or 1 5018 0000 0009 1", "by [masked:card], or [masked:card]"],
    ["order 4111111111111112", "order 4111111111111112"],
    ["order 4711 of 2026-11-27", "order 4711 of 2026-11-27"],
    ["id 11010519491231002X ok", "id [masked:resident-id] ok"],
    ["id 11010519491231002x", "id [masked:resident-id]"],
    ["/users/440524188001010014/orders", "/users/[masked:resident-id]/orders"],
    ["mail robert@example.com now", "mail [masked:email] now"],
    ["<bob+tag@bücher.example>", "<[masked:email]>"],
    ['"john doe"@example.com', "[masked:email]"],
    ["to=robert%40example.com", "[masked:email]"],
    ["/u/robert%2540example.com", "[masked:email]"],
    ["ping @here and me@", "ping @here and me@"],
    ["Authorization: Bearer abc.def", "Authorization: [masked:token]"],
    ["sent bearer abc/def==, twice", "sent [masked:token], twice"],
    ["-H 'DPoP: eyJhbGciOiJFUzI1NiJ9.e30.c2ln'", "-H '[masked:token]'"],
    ["Basic dXNlcjpwYXNz sent", "[masked:token] sent"],
    ["got gwo_abc-DEF_1 and gwm_x, gwr_y", "got [masked:token] and [masked:token], [masked:token]"],
    ["GWO_ABC", "[masked:token]"],
    [
      "see https://u:p@w@h.example/a?t=S#f now",
      "see https://[masked:url-userinfo]/a?[masked:url-query] now",
    ],
    ["https://h.example/a?S", "https://h.example/a?[masked:url-query]"],
    ["GET /x?token=S HTTP/1.1", "GET /x?[masked:url-query] HTTP/1.1"],
    ["/cb#access_token=S", "/cb#[masked:url-query]"],
    ["really? yes #1", "really? yes #1"],
    ['{"password":"S s","a":1}', '{"password":"[masked:secret]","a":1}'],
    [
      String.raw`"{\"api_key\":\"S\\\"s\",\"a\":1}"`,
      String.raw`"{\"api_key\":\"[masked:secret]\",\"a\":1}"`,
    ],
    ["PASSWORD = S next", "PASSWORD = [masked:secret] next"],
    ["Ｐａｓｓ\u200bｗｏｒｄ：S", "Ｐａｓｓ\u200bｗｏｒｄ：[masked:secret]"],
    ["pass-word: S", "pass-word: [masked:secret]"],
    ["密码：S，好", "密码：[masked:secret]"],
    [String.raw`\"token\":\"secret" x`, String.raw`\"token\":\"[masked:secret]" x`],
    ['{"token":"","b":"c"}', '{"token":"","b":"c"}'],
    ["a=1&client_secret=S&b=2", "a=1&client_secret=[masked:secret]&b=2"],
    ["client_secret%3DS", "client_secret%3D[masked:secret]"],
    ["Cookie: a=S; b=S\nHost: h", "Cookie: [masked:secret]\nHost: h"],
    ["--pin=1234 --shipping=5", "--pin=[masked:secret] --shipping=5"],
    ["-----BEGIN EC PRIVATE KEY-----\nS\n-----END EC", "[masked:private-key]-----END EC"],
    ["-----BEGIN PRIVATE KEY-----\nS", "[masked:private-key]"],
    ["plain words, nothing else", "plain words, nothing else"],
    ["", ""],
  ])("makes of %j: %j", (text, masked) => expect(detect(text)).toBe(masked));

  it("finds a JWT, signed or encrypted, wherever it stands", async () => {
    const key = createSecretKey(randomBytes(32));
    const jwt = await new SignJWT({ sub: "S" }).setProtectedHeader({ alg: "HS256" }).sign(key);
    for (const text of [jwt, `x-${jwt}`, `jwt ${jwt}, sent`, `a/${jwt}/b`]) {
      expect(detect(text)).toContain("[masked:jwt]");
      for (const part of jwt.split(".")) expect(detect(text)).not.toContain(part.slice(3));
    }
  });

  it("Other encodings in strings: finds JSON in base64, whatever its first character", () => {
    for (const value of [{ a: "secret" }, [{ a: "secret" }]]) {
      for (const json of [JSON.stringify(value), JSON.stringify(value, null, 1)]) {
        for (const form of ["base64", "base64url"] as const) {
          const text = Buffer.from(json).toString(form);
          if (!json.startsWith("[\n")) expect(detect(`at ${text}`)).toBe("at [masked:jwt]");
        }
      }
    }
  });

  it("Marker forging: a marker or a token that came in is masked like a secret", () => {
    const token = `h1:k1:${"a".repeat(22)}`;
    expect(detect(`[masked:card] ${token} [MASKED:x`)).toBe(
      "[masked:marker] [masked:marker] [masked:marker]",
    );
  });

  it("takes away text too long to look at, and cuts what it shows after the look", () => {
    expect(mask("a".repeat(16_385), context)).toBeNull();
    const short = createDetectMask({ maxLength: 10 });
    expect(short("abcdef 4111111111111111", context)).toBe("abcdef [ma…");
    expect(short("abcdefghi👩🏽", context)).toBe("abcdefghi…");
  });

  it("lets no card through, in any groups and digits, between any words", () => {
    const separator = fc.constantFrom("", " ", "-", "\u00a0", "\u200b", "\u2010", " - ", ".");
    const zero = fc.constantFrom(0x30, 0xff10, 0x660, 0x966, 0x1d7ce, 0x1d7d8, 0x1fbf0);
    const around = fc.string({ unit: "grapheme", maxLength: 20 });
    fc.assert(
      fc.property(fc.tuple(around, around), separator, zero, ([before, after], separator, zero) => {
        const digits = [..."4111111111111111"].map((digit) =>
          String.fromCodePoint(zero + Number(digit)),
        );
        const masked = detect(before + digits.join(separator) + after);
        expect(masked).not.toContain(digits.slice(1, 13).join(separator));
      }),
    );
  });
});
