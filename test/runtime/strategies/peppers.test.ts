import { randomBytes } from "node:crypto";
import { createOpaqueTokens, createStaticToken } from "@gatewright/runtime/opaque";
import type { OpaqueTokenStore } from "@gatewright/runtime/opaque";
import { createMemoryStore } from "@gatewright/runtime/stores/memory";
import { describe, expect, it } from "vitest";
import { openDesk, snapshotOf } from "../authenticate/token-desk.js";
import type { Outcome } from "../authenticate/token-desk.js";
import { now, withBearer } from "./strategy-desk.js";

const [older, old, current] = [0, 1, 2].map(() => randomBytes(32).toString("base64url")) as [
  string,
  string,
  string,
];

/** A strategy of each kind, with digests under the old pepper and the new one. */
function policyWith(digests: readonly string[], previous: string): string {
  const listed = digests.map(
    (digest, index) => `t${index}: { digest: "${digest}", claims: { sub: m${index} } }`,
  );
  const peppers = `pepper: { environment: NEW }${previous}`;
  return `
authentication:
  default: [sessions, machines]
  strategies:
    sessions: { opaque: { ${peppers} } }
    machines: { allowList: { ${peppers}, tokens: { ${listed.join(", ")} } } }
`;
}

const tokensUnder = (pepper: string, store: OpaqueTokenStore) =>
  createOpaqueTokens({ strategy: "sessions", store, pepper, now });

const verdictOf = ({ status, cause }: Outcome) => [status, cause];

describe("two peppers side by side", () => {
  const made = [older, old, current].map((pepper) => createStaticToken(pepper));
  const digests = made.map(({ digest }) => digest);

  async function verdicts(previous: string, files: Readonly<Record<string, string>> = {}) {
    const store = createMemoryStore({ now });
    const claims = { sub: "s1" };
    const issued = await Promise.all(
      [older, old, current].map((pepper) =>
        tokensUnder(pepper, store).issue({ claims, expiresIn: 60 }),
      ),
    );
    const desk = await openDesk({
      policy: policyWith(digests, previous),
      environment: { NEW: current, OLD: old },
      files,
      tokenStores: { sessions: store },
      now,
    });
    await desk.send(...[...issued, ...made].map(({ token }) => withBearer("/me", token)));
    return (await desk.close()).map(verdictOf);
  }

  const good = [200, undefined];
  const unknown = [401, "unknown-token"];

  it("take tokens of both, and of no other", async () => {
    const both = [unknown, good, good, unknown, good, good];
    expect(await verdicts(", previousPepper: { environment: OLD }")).toEqual(both);
    expect(
      await verdicts(", previousPepper: { file: old.txt }", { "old.txt": `${old}\n` }),
    ).toEqual(both);
  });

  it("take tokens of the new one alone once the old one is taken out", async () => {
    expect(await verdicts("")).toEqual([unknown, unknown, good, unknown, unknown, good]);
  });

  it("issue under the new one, and revoke tokens of both", async () => {
    const store = createMemoryStore({ now });
    const options = { strategy: "sessions", store, now };
    const tokens = createOpaqueTokens({ ...options, pepper: current, previousPepper: old });
    const claims = { sub: "s1" };
    const { token: former } = await tokensUnder(old, store).issue({ claims, expiresIn: 60 });
    const { token } = await tokens.issue({ claims, expiresIn: 60 });
    expect(await tokensUnder(old, store).revoke(token)).toBe(false);
    const ended = [
      await tokens.revoke(former),
      await tokens.revoke(token),
      await tokens.revoke(token),
    ];
    expect(ended).toEqual([true, true, false]);
  });

  it("I7 stand in no snapshot, record, answer or error, nor do tokens", async () => {
    const policy = policyWith(digests, ", previousPepper: { environment: OLD }");
    const store = createMemoryStore({ now });
    const broken: OpaqueTokenStore = { ...store, get: () => Promise.reject(new Error("down")) };
    const { token } = await tokensUnder(old, store).issue({ claims: { sub: "s1" }, expiresIn: 60 });
    const desk = await openDesk({
      policy,
      environment: { NEW: current, OLD: old },
      tokenStores: { sessions: broken },
      now,
    });
    const answers = await desk.send(
      ...[token, ...made.map((one) => one.token)].map((one) => withBearer("/me", one)),
    );
    const outcomes = await desk.close();
    const said = JSON.stringify([
      snapshotOf(policy),
      answers.map(({ body, headers }) => [body, [...headers]]),
      outcomes.map(({ record }) => record),
      desk.errors.map((error) => [String(error), Object(error)]),
    ]);
    expect(said).toContain("cannot be used: down");
    const hidden = [old, current, token, ...made.map((one) => one.token)];
    for (const text of hidden) expect(said).not.toContain(text.slice(4, 20));
  });

  it("believe no record that was moved from one to the other", async () => {
    const records = new Map<string, { claims: string; expiresAt: number; subject: string }>();
    const store: OpaqueTokenStore = {
      ...createMemoryStore({ now }),
      put: async (digest, record) => void records.set(digest, record),
      // Whatever is asked for, the first record is given.
      get: async () => [...records.values()][0],
    };
    const claims = { sub: "s1" };
    await tokensUnder(old, store).issue({ claims, expiresIn: 60 });
    const { token } = await tokensUnder(current, store).issue({ claims, expiresIn: 60 });
    const desk = await openDesk({
      policy: policyWith(digests, ", previousPepper: { environment: OLD }"),
      environment: { NEW: current, OLD: old },
      tokenStores: { sessions: store },
      now,
    });
    await desk.send(withBearer("/me", token));
    expect((await desk.close()).map(verdictOf)).toEqual([[503, "token-store"]]);
  });

  it("keep a gate from starting where one is missing or weak", async () => {
    const options = {
      policy: policyWith(digests, ", previousPepper: { environment: OLD }"),
      tokenStores: { sessions: createMemoryStore({ now }) },
    };
    for (const [OLD, reason] of [
      ["", "is missing"],
      ["short", "is weak"],
    ] as const) {
      await expect(openDesk({ ...options, environment: { NEW: current, OLD } })).rejects.toThrow(
        `the previous pepper of strategy \`machines\` (environment \`OLD\`) ${reason}`,
      );
    }
  });
});
