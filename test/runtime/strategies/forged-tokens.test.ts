import { randomBytes } from "node:crypto";
import { createOpaqueTokens, createStaticToken } from "@gatewright/runtime/opaque";
import { createMemoryStore } from "@gatewright/runtime/stores/memory";
import { describe, expect, it } from "vitest";
import {
  machine,
  now,
  openStrategyDesk,
  otherPepper,
  pepper,
  summaryOf,
  withBearer,
} from "./strategy-desk.js";

const claims = { sub: "s1", roles: ["clerk"] };

/** Texts near a token that are not it. */
function neighboursOf(token: string): readonly string[] {
  const last = token.slice(-1);
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  // The other spellings of the last four bits: base64url has two bits to spare there.
  const bits = alphabet.indexOf(last);
  const spellings = [1, 2, 3].map((more) => token.slice(0, -1) + alphabet[bits + more]);
  return [
    ...spellings,
    token.slice(0, -1),
    token.slice(0, 20),
    token.slice(0, 4),
    `${token}A`,
    `${token}=`,
    `${token}.`,
    `${token}.${token}`,
    `${token.slice(0, 4)} ${token.slice(4)}`,
    token.slice(0, 4) + token.slice(4).toLowerCase(),
    token.slice(0, 4) + token.slice(4).toUpperCase(),
    token.slice(0, 4) + Buffer.from(token.slice(4), "base64url").toString("hex"),
    token.slice(0, 4) + token,
    token.slice(0, 4) + "A".repeat(43),
    token.slice(0, 4) + "A".repeat(8000),
    `${token.slice(0, 4)}${randomBytes(32).toString("base64url")}`,
  ];
}

describe.each([
  ["/sessions", "an opaque token"],
  ["/machines", "a token of an allow list"],
])("%s", (route, what) => {
  it(`refuses what only resembles ${what}`, async () => {
    const opened = await openStrategyDesk();
    const issued = await opened.sessions.issue({ claims, expiresIn: 60 });
    const token = route === "/sessions" ? issued.token : machine.token;
    const forged = neighboursOf(token);
    await opened.desk.send(...forged.map((text) => withBearer(route, text)));
    await opened.desk.send(withBearer(route, token));
    const outcomes = await opened.desk.close();
    const last = outcomes.at(-1);
    expect(last?.status).toBe(200);
    for (const { status, response } of outcomes.slice(0, -1)) {
      expect(status).toBe(401);
      expect(Object.keys(JSON.parse(response.body)).toSorted()).toEqual([
        "detail",
        "instance",
        "status",
        "title",
        "type",
      ]);
    }
  });

  it("refuses thousands of random tokens", async () => {
    const { desk } = await openStrategyDesk();
    const prefix = route === "/sessions" ? "gwo_" : "gwm_";
    const random = () => prefix + randomBytes(32).toString("base64url");
    await desk.send(...Array.from({ length: 3000 }, () => withBearer(route, random())));
    const outcomes = await desk.close();
    expect(new Set(outcomes.map(({ cause }) => cause))).toEqual(new Set(["unknown-token"]));
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set([401]));
  });
});

describe("a token made with another pepper", () => {
  it("is not known", async () => {
    const opened = await openStrategyDesk();
    const { store } = opened;
    const foreign = createOpaqueTokens({ strategy: "sessions", store, pepper: otherPepper, now });
    const { token } = await foreign.issue({ claims, expiresIn: 60 });
    await opened.desk.send(
      withBearer("/sessions", token),
      withBearer("/machines", createStaticToken(otherPepper).token),
    );
    const outcomes = await opened.desk.close();
    expect(outcomes.map(summaryOf)).toEqual(
      outcomes.map(() => [401, "invalid-token", "unknown-token"]),
    );
  });
});

describe("what a store or a policy holds", () => {
  it("is no token, in whatever form it is presented", async () => {
    const digests: string[] = [];
    const store = createMemoryStore({ now });
    const spied = {
      ...store,
      put: (digest: string, record: Parameters<typeof store.put>[1]) => {
        digests.push(digest);
        return store.put(digest, record);
      },
    };
    const opened = await openStrategyDesk({ tokenStores: { sessions: spied } });
    await opened.sessions.issue({ claims, expiresIn: 60 });
    const [digest = ""] = digests;
    expect(digest).toMatch(/^[\w-]{43}$/);
    await opened.desk.send(
      withBearer("/sessions", digest),
      withBearer("/sessions", `gwo_${digest}`),
      withBearer("/machines", `gwm_${machine.digest.replace("hmac-sha256:", "")}`),
      withBearer("/machines", machine.digest),
    );
    const outcomes = await opened.desk.close();
    expect(outcomes.map(({ status }) => status)).toEqual(outcomes.map(() => 401));
  });
});

describe("a token that was ended", () => {
  it("is refused with the next request, and others are not", async () => {
    const { desk, sessions } = await openStrategyDesk();
    const issue = (sub: string) =>
      sessions.issue({ claims: { ...claims, sub }, expiresIn: 60 }).then(({ token }) => token);
    const [one, two, three, other] = await Promise.all(["s1", "s1", "s1", "s2"].map(issue));
    const all = [one, two, three, other].map((token) => withBearer("/sessions", String(token)));
    await desk.send(...all);
    await sessions.revoke(String(one));
    await desk.send(...all);
    await sessions.revokeSubject("s1");
    await desk.send(...all);
    const outcomes = await desk.close();
    const statuses = outcomes.map(({ status }) => status);
    expect(statuses.slice(0, 4)).toEqual([200, 200, 200, 200]);
    expect(statuses.slice(4, 8)).toEqual([401, 200, 200, 200]);
    expect(statuses.slice(8)).toEqual([401, 401, 401, 200]);
  });

  it("ends in the millisecond that it names", async () => {
    let clock = now();
    const { desk, sessions } = await openStrategyDesk({ now: () => clock });
    const { token, expiresAt } = await sessions.issue({ claims, expiresIn: 60 });
    for (const time of [expiresAt - 1, expiresAt, expiresAt + 1]) {
      clock = time;
      await desk.send(withBearer("/sessions", token));
    }
    const outcomes = await desk.close();
    expect(outcomes.map(({ status, cause }) => [status, cause])).toEqual([
      [200, undefined],
      [401, "expired"],
      [401, "expired"],
    ]);
  });
});

describe("issuing", () => {
  const tokens = createOpaqueTokens({ strategy: "sessions", store: createMemoryStore(), pepper });
  const cyclic: Record<string, unknown> = { sub: "s1" };
  cyclic["self"] = cyclic;

  it.each<[string, object, number]>([
    ["without a subject", { roles: [] }, 60],
    ["with an empty subject", { sub: "" }, 60],
    ["with a subject that is no text", { sub: 1 }, 60],
    ["with a long subject", { sub: "s".repeat(1025) }, 60],
    ["with long claims", { sub: "s1", text: "x".repeat(17_000) }, 60],
    ["with deep claims", { sub: "s1", a: [[[[[[[[1]]]]]]]] }, 60],
    ["with half a character", { sub: "s1", text: "\ud800" }, 60],
    ["for no time", { sub: "s1" }, 0],
    ["for a time that is past", { sub: "s1" }, -1],
    ["for no number of seconds", { sub: "s1" }, Number.NaN],
    ["for ever", { sub: "s1" }, Number.POSITIVE_INFINITY],
  ])("is refused %s", async (_, wrong, expiresIn) => {
    const request = { claims: wrong as { readonly sub: string }, expiresIn };
    await expect(tokens.issue(request)).rejects.toMatchObject({ code: "configuration-invalid" });
  });

  it.each<[string, string | Uint8Array]>([
    ["an empty one", ""],
    ["31 bytes", randomBytes(31)],
    ["31 bytes as text", randomBytes(31).toString("base64url")],
    ["one letter", "a".repeat(64)],
    ["words", "correct horse battery staple correct horse battery staple"],
    ["base64 with other letters", `${randomBytes(40).toString("base64url")}+/`],
    ["zeros", new Uint8Array(64)],
  ])("takes no weak pepper: %s", (_, weak) => {
    const options = { strategy: "sessions", store: createMemoryStore(), pepper: weak };
    expect(() => createOpaqueTokens(options)).toThrow("the pepper is weak");
    expect(() => createStaticToken(weak)).toThrow("the pepper is weak");
  });
});
