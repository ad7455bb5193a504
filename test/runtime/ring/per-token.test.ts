import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { bearer, present } from "../authenticate/token-desk.js";
import { documentWith, issuerOf, partsOf, ringOf, ringPolicy, tokenFrom } from "./ring-desk.js";

const policy = ringPolicy("HS256", "from: application, strategy: per-token");
const ring = ringOf(documentWith(["HKDF-SHA512"], { strategy: "per-token" }));
const issuer = issuerOf(policy, ring);
const desk = { policy, rings: { desk: ring } };

/** A token under the key that `kid` names, whatever it says. */
async function signAs(kid: string, claims: object): Promise<string> {
  const key = await ring.find({ alg: "HS256", kid });
  const input = [{ alg: "HS256", typ: "at+jwt", kid }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  return `${input}.${createHmac("sha256", key ?? "")
    .update(input)
    .digest("base64url")}`;
}

describe("a key for each token", () => {
  it("is derived from the token's id and subject, and I5 no two are alike", async () => {
    const tokens = await Promise.all(Array.from({ length: 50 }, () => tokenFrom(issuer)));
    const kids = tokens.map((token) => String(partsOf(token)[0]?.["kid"]));
    const keys = await Promise.all(kids.map((kid) => ring.find({ alg: "HS256", kid })));
    expect(new Set(keys.map((key) => key?.export().toString("hex"))).size).toBe(50);
    expect(kids.every((kid) => kid.length <= 64)).toBe(true);
    const outcomes = await present(desk, ...tokens.map(bearer));
    expect(outcomes.every(({ status }) => status === 200)).toBe(true);
  });

  it("is checked against the verified claims: another id or subject is refused", async () => {
    const token = await tokenFrom(issuer);
    const [header, claims] = partsOf(token);
    const kid = String(header?.["kid"]);
    const tokens = await Promise.all([
      signAs(kid, { ...claims }),
      signAs(kid, { ...claims, sub: "u2" }),
      signAs(kid, { ...claims, jti: "A".repeat(22) }),
    ]);
    const outcomes = await present(desk, ...tokens.map(bearer));
    expect(outcomes.map(({ status, cause }) => [status, cause])).toEqual([
      [200, undefined],
      [401, "key"],
      [401, "key"],
    ]);
  });

  it("is derived for names of one length alone", async () => {
    const [header] = partsOf(await tokenFrom(issuer));
    const kid = String(header?.["kid"]);
    const kids = [
      `${kid}A`,
      kid.slice(0, -1),
      kid.replace(".t", ".h"),
      kid.replace(".t", ".T"),
      "",
      kid.split(".")[0] ?? "",
    ];
    for (const other of kids) expect(ring.find({ alg: "HS256", kid: other })).toBeUndefined();
    expect(ring.find({ alg: "ES256", kid })).toBeUndefined();
    expect(ring.find({ alg: "HS256", kid })).toBeDefined();
  });
});
