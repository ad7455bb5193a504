import { createSecretKey } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  createSecret,
  createSessionId,
  deviceDigest,
  isTagged,
  keyIdOf,
  openTagKey,
  readRefreshToken,
  writeRefreshToken,
} from "../../../runtime/sessions/refresh-token.js";

const secret = createSecretKey(Buffer.from(Array.from({ length: 32 }, (_, index) => index)));
const family = {
  id: Buffer.alloc(16, 0xa5).toString("base64url"),
  clientId: "app",
  salt: Buffer.alloc(32, 0x5a).toString("base64url"),
};
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

describe("a refresh token", () => {
  // Computed with another implementation of HKDF and HMAC.
  it("I5: is what it always was, for the same secret, family and generation", () => {
    const key = openTagKey(secret, family);
    expect([0, 1, 2 ** 32 - 1].map((generation) => writeRefreshToken(key, generation))).toEqual([
      "gwr_paWlpaWlpaWlpaWlpaWlpQAAAACk5rULFt4q8hw4SLEfcABP7aY4pZWIZ5VML4txkgswKg",
      "gwr_paWlpaWlpaWlpaWlpaWlpQAAAAGZEwkghA_UtVqhQA322gcaE0wSB-sOJyZe8RUFHKHooA",
      "gwr_paWlpaWlpaWlpaWlpaWlpf____8iOA9WTH2jCqcWPv-wXXz74ta8MItnefh_WsmmJG9Lag",
    ]);
    expect(keyIdOf(secret)).toBe("Ctjw_EEf");
    expect(deviceDigest(secret, family.id, "s")).toBe(
      "ho5ahnc6qnPn4E6vssQ0f6dNRJ7OaIlrXNkkAup1v1Q",
    );
    expect(() => writeRefreshToken(key, 2 ** 32)).toThrow("refreshed too often");
  });

  it("I5: has another tag for another secret, id, client, salt or generation", () => {
    const other = createSecretKey(Buffer.alloc(32, 7));
    const families = [
      family,
      { ...family, id: createSessionId() },
      { ...family, clientId: "app2" },
      { ...family, salt: createSecret() },
    ];
    const keys = families.flatMap((each) => [openTagKey(secret, each), openTagKey(other, each)]);
    const tags = keys.flatMap((key) =>
      [0, 1, 256].map((generation) =>
        readRefreshToken(writeRefreshToken(key, generation))?.tag.toString("hex"),
      ),
    );
    expect(new Set(tags).size).toBe(24);
  });

  it("I2: has ids and secrets that do not repeat, of 128 and 256 bits", () => {
    const ids = Array.from({ length: 1000 }, createSessionId);
    const secrets = Array.from({ length: 1000 }, createSecret);
    expect(new Set([...ids, ...secrets]).size).toBe(2000);
    expect(ids.every((id) => Buffer.from(id, "base64url").length === 16)).toBe(true);
    expect(secrets.every((text) => Buffer.from(text, "base64url").length === 32)).toBe(true);
  });

  it("has one spelling: with any character changed it is none, or its tag is wrong", () => {
    const key = openTagKey(secret, family);
    const token = writeRefreshToken(key, 7);
    for (let index = 0; index < token.length; index += 1) {
      for (const character of `${alphabet}=+/. é\0`) {
        if (character === token[index]) continue;
        const changed = token.slice(0, index) + character + token.slice(index + 1);
        const read = readRefreshToken(changed);
        // The key is that of the session whose id the token says.
        const own = openTagKey(secret, { ...family, id: read?.id ?? "" });
        expect(read === undefined || !isTagged(own, read)).toBe(true);
      }
    }
    for (const text of [
      "",
      token.slice(1),
      `${token}A`,
      ` ${token}`,
      `${token}=`,
      token.repeat(2),
    ]) {
      expect(readRefreshToken(text)).toBeUndefined();
    }
  });

  it("comes out as it went in, and is nothing else than what it says", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        fc.string(),
        (bytes, generation, clientId) => {
          const id = Buffer.from(bytes).toString("base64url");
          const key = openTagKey(secret, { id, clientId, salt: family.salt });
          const read = readRefreshToken(writeRefreshToken(key, generation));
          expect(read).toMatchObject({ id, generation });
          expect(read && isTagged(key, read)).toBe(true);
          expect(read && isTagged(key, { ...read, generation: (generation + 1) % 2 ** 32 })).toBe(
            false,
          );
        },
      ),
    );
  });
});
