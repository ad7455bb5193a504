import { describe, expect, it } from "vitest";
import { openDesk, present } from "./token-desk.js";
import { countingSource, desk, environment, policyWith, token } from "./supplied-desk.js";
import type { Source } from "./supplied-desk.js";
import { NOW } from "./token-forge.js";
import type { Members } from "./token-forge.js";

const CACHED = ", cache: { maxAge: 30s, maxEntries: 3 }";

/** Tells all that it was asked with. */
const echo: Source = ({ claims }) => ({ id: JSON.stringify(claims), roles: [] });

const perIssuer: Source = ({ issuer: iss, subject }) => ({ id: `${iss} ${subject}`, roles: [] });

function issuer(name: string): string {
  return `  ${name}: { issuer: https://${name}.example, audience: desk, algorithms: [HS256], keys: { environment: KEYS } }`;
}

describe("the cache of principals", () => {
  it("keeps an answer for its age, and no longer", async () => {
    let now = NOW * 1000;
    const { subjects, source } = countingSource((call) => ({ id: `call ${call}`, roles: [] }));
    const running = await openDesk({ ...desk(source, CACHED), now: () => now });
    const one = token();
    for (const elapsed of [0, 1, 29_999, 30_000, 59_999, 60_000]) {
      now = NOW * 1000 + elapsed;
      await running.send(one);
    }
    const ids = (await running.close()).map(({ principal }) => principal?.["id"]);
    expect(ids).toEqual(["call 1", "call 1", "call 1", "call 2", "call 2", "call 3"]);
    expect(subjects).toHaveLength(3);
  });

  it("does not live longer for a clock that is set back", async () => {
    let now = NOW * 1000;
    const { subjects, source } = countingSource(() => ({ roles: [] }));
    const running = await openDesk({ ...desk(source, CACHED), now: () => now });
    const one = token({ iat: NOW - 7200 });
    await running.send(one);
    now -= 3_600_000;
    await running.send(one, one);
    await running.close();
    expect(subjects).toHaveLength(2);
  });

  it("counts from the question, not from the answer", async () => {
    let now = NOW * 1000;
    const { subjects, source } = countingSource(async () => {
      now += 30_000;
      return { roles: [] };
    });
    const running = await openDesk({ ...desk(source, CACHED), now: () => now });
    await running.send(token());
    await running.send(token());
    await running.close();
    expect(subjects).toHaveLength(2);
  });

  it("never gives one token's answer to another", async () => {
    const differences: readonly Members[] = [
      {},
      { sub: "u2" },
      { tenant: "t1" },
      { tenant: "t2" },
      { roles: ["boss"] },
      { jti: "1" },
      { exp: NOW + 301 },
      { a: { b: 1 } },
      { a: { b: "1" } },
      { "a.b": 1 },
      { a: [{ b: 1 }] },
      { a: null },
      { sub: "u1 " },
      { aud: ["desk"] },
    ];
    const more = ", cache: { maxAge: 1h, maxEntries: 1000 }";
    const running = await openDesk(desk(echo, more));
    const tokens = differences.map(token);
    await running.send(...tokens);
    await running.send(...tokens.toReversed());
    const ids = (await running.close()).map(({ principal }) => principal?.["id"]);
    expect(new Set(ids).size).toBe(differences.length);
    expect(ids.slice(differences.length).toReversed()).toEqual(ids.slice(0, differences.length));
  });

  it("tells the issuers apart", async () => {
    const policy = `tokens:\n${issuer("a")}\n${issuer("b")}\nprincipal: { from: application, cache: { maxAge: 1m } }`;
    const tokens = ["a", "b"].map((name) => token({ iss: `https://${name}.example` }));
    const outcomes = await present(
      { policy, environment, principalSource: perIssuer },
      ...tokens,
      ...tokens,
    );
    expect(outcomes.map(({ principal }) => principal?.["id"])).toEqual([
      "https://a.example u1",
      "https://b.example u1",
      "https://a.example u1",
      "https://b.example u1",
    ]);
  });

  it("asks once for requests that come together", async () => {
    const waiting: (() => void)[] = [];
    const { subjects, source } = countingSource(async () => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return { roles: ["clerk"] };
    });
    const running = await openDesk(desk(source, CACHED));
    const sent = running.send(...Array.from({ length: 10 }, () => token()), token({ sub: "u2" }));
    // Both calls are open; none was answered.
    await until(() => waiting.length === 2);
    for (const answer of waiting) answer();
    await sent;
    const outcomes = await running.close();
    expect(outcomes.map(({ status }) => status)).toEqual(outcomes.map(() => 200));
    expect(subjects.toSorted()).toEqual(["u1", "u2"]);
  });

  it("tells all who wait of a failure, which is heard once and not kept", async () => {
    const waiting: ((error?: Error) => void)[] = [];
    const { subjects, source } = countingSource(async (call) => {
      if (call > 1) return { roles: [] };
      await new Promise<void>((resolve, reject) => {
        waiting.push((error) => (error === undefined ? resolve() : reject(error)));
      });
      return { roles: [] };
    });
    const running = await openDesk(desk(source, CACHED));
    const sent = running.send(token(), token(), token());
    await until(() => waiting.length === 1);
    waiting[0]?.(new Error("down"));
    await sent;
    await running.send(token());
    const outcomes = await running.close();
    expect(outcomes.at(-1)?.status).toBe(200);
    const failed = outcomes.slice(0, 3).filter(({ status }) => status === 503);
    expect(failed.length).toBeGreaterThan(0);
    expect(running.errors).toEqual([new Error("down")]);
    expect(subjects).toHaveLength(2);
  });

  it.each([
    ["null", null, 401],
    ["what does not fit", { roles: "clerk" }, 401],
  ])("does not keep %s", async (_, answer, status) => {
    const { subjects, source } = countingSource((call) =>
      call === 1 ? (answer as never) : { roles: [] },
    );
    const running = await openDesk(desk(source, CACHED));
    await running.send(token());
    await running.send(token());
    const outcomes = await running.close();
    expect(outcomes.map((outcome) => outcome.status)).toEqual([status, 200]);
    expect(subjects).toHaveLength(2);
  });

  it("holds no more than it may, and lets the oldest go", async () => {
    const { subjects, source } = countingSource(() => ({ roles: [] }));
    const running = await openDesk(desk(source, CACHED));
    for (const sub of ["a", "b", "c", "a", "d", "b", "c", "d", "a"])
      await running.send(token({ sub }));
    await running.close();
    expect(subjects).toEqual(["a", "b", "c", "d", "a"]);
  });

  it("forgets who is named by a revocation, and nobody else", async () => {
    const { subjects, source } = countingSource(() => ({ roles: [] }));
    const running = await openDesk(desk(source, CACHED));
    const [a, b] = [token({ sub: "a" }), token({ sub: "b" })];
    await running.send(a, b);
    expect(running.disconnect((id) => id === "a")).toBe(0);
    await running.send(a, b);
    await running.close();
    expect(subjects.toSorted()).toEqual(["a", "a", "b"]);
  });

  it("keeps no answer that was asked for before a revocation and comes after it", async () => {
    const answers: (() => void)[] = [];
    const { subjects, source } = countingSource(
      () => new Promise((resolve) => answers.push(() => resolve({ roles: [] }))),
    );
    const running = await openDesk(desk(source, CACHED));
    const first = running.send(token());
    await until(() => answers.length === 1);
    running.disconnect(() => true);
    answers[0]?.();
    await first;
    const second = running.send(token());
    await until(() => answers.length === 2);
    answers[1]?.();
    await second;
    await running.close();
    expect(subjects).toHaveLength(2);
  });

  it("begins afresh with a new policy", async () => {
    const { subjects, source } = countingSource((call) => ({ id: `call ${call}`, roles: [] }));
    const running = await openDesk(desk(source, CACHED));
    await running.send(token());
    running.swap(policyWith(CACHED));
    await running.send(token());
    running.swap(policyWith(""));
    await running.send(token());
    await running.send(token());
    await running.close();
    expect(subjects).toHaveLength(4);
  });

  it("gives each request its own principal that no handler can change", async () => {
    const groups = ["a"];
    const roles = ["clerk"];
    const source: Source = () => ({ roles, claims: { groups } });
    const more = `${CACHED}, claims: { groups: "list<string>" }`;
    const running = await openDesk(desk(source, more));
    await running.send(token());
    groups.push("b");
    roles.push("boss");
    await running.send(token());
    const outcomes = await running.close();
    const same = { roles: ["clerk"], claims: { groups: ["a"] } };
    expect(outcomes.map(({ principal }) => principal)).toMatchObject([same, same]);
  });
});

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}
