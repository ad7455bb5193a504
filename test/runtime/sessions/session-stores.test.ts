import { afterEach, describe, expect, it } from "vitest";
import { HOUR, MINUTE, WINDOW, newSession, strict, submit } from "./session-examples.js";
import { sessionStoreCases } from "./session-store-cases.js";
import type { OpenedSessionStore } from "./session-store-cases.js";

const cases = await sessionStoreCases();

describe.each(cases)("a store of sessions: $name", ({ open }) => {
  let opened: OpenedSessionStore | undefined;
  let clock = Date.now();
  const openOne = async () => {
    clock = Date.now();
    opened = await open(() => clock);
    return opened;
  };
  /** A store with one session that began now. */
  const begin = async (changes: Parameters<typeof newSession>[0] = {}) => {
    const { store, ...rest } = await openOne();
    const { session } = await store.create(newSession(changes));
    const step = (generation: number, other: Parameters<typeof submit>[1] = {}) =>
      store.step(session.id, submit(generation, other));
    return { store, session, step, id: session.id, ...rest };
  };
  afterEach(async () => {
    await opened?.close();
    opened = undefined;
  });

  it("begins a session at generation 0, and gives back what was written", async () => {
    const odd = `{"text":"ü\\u0000\u{1f600}'\\"\\\\;--$1"}`;
    const fresh = { subject: "ü:*'x' \u{1f600}", data: odd, seen: odd };
    const { store, session, id } = await begin(fresh);
    expect(session).toEqual({
      ...fresh,
      id,
      epoch: clock,
      generation: 0,
      retries: 0,
      retriedInARow: 0,
      state: "active",
      createdAt: clock,
      rotatedAt: clock,
      idleUntil: clock + HOUR,
      absoluteUntil: clock + 24 * HOUR,
    });
    expect(await store.read(id)).toEqual(session);
    expect(await store.list(fresh.subject)).toEqual([session]);
    for (const other of [id.toLowerCase(), `${id} `, id.slice(1), "", "*", "__proto__"]) {
      expect(await store.read(other)).toBeUndefined();
      expect(await store.step(other, submit(0))).toEqual({ kind: "missing" });
      expect(await store.end(other, "logout")).toBe(false);
    }
  });

  it("S1: a submit is one generation step, which another process sees at once", async () => {
    const { store, twin = store, session, step, id } = await begin();
    clock += MINUTE;
    const times = { idleUntil: clock + HOUR, absoluteUntil: session.absoluteUntil };
    const counts = { generation: 1, retries: 0, retriedInARow: 0 };
    expect(await step(0)).toEqual({ kind: "rotated", ...counts, ...times, at: clock });
    const { seen } = submit(0);
    const after = { ...session, ...counts, ...times, rotatedAt: clock, seen };
    expect([await store.read(id), await twin.read(id)]).toEqual([after, after]);
    expect(await twin.step(id, submit(1))).toMatchObject({ kind: "rotated", generation: 2 });
    expect(await step(2)).toMatchObject({ kind: "rotated", generation: 3 });
  });

  it("S1: 50 parallel submits rotate once, and all are told the same successor", async () => {
    const { store, twin = store, id } = await begin();
    const many = { maxRetries: 1000 };
    const verdicts = await Promise.all(
      Array.from({ length: 50 }, (_, at) => (at % 2 ? store : twin).step(id, submit(0, many))),
    );
    expect(kindsOf(verdicts)).toEqual({ rotated: 1, retried: 49 });
    for (const verdict of verdicts) expect(verdict).toMatchObject({ generation: 1 });
    expect(await store.read(id)).toMatchObject({ generation: 1, retries: 49, state: "active" });
  });

  it("S2: in strict mode, the second of 50 parallel submits ends the session", async () => {
    const { store, twin = store, id } = await begin();
    const verdicts = await Promise.all(
      Array.from({ length: 50 }, (_, at) => (at % 2 ? store : twin).step(id, submit(0, strict))),
    );
    expect(kindsOf(verdicts)).toEqual({ rotated: 1, reused: 1, ended: 48 });
    expect(await store.step(id, submit(1))).toEqual({ kind: "ended", state: "reuse" });
  });

  it.each([
    [-1, "retried"],
    [0, "retried"],
    [1, "reused"],
  ] as const)("S3: at the window's edge %i ms, a retry is %s", async (beyond, kind) => {
    const { step } = await begin();
    await step(0);
    clock += WINDOW + beyond;
    expect((await step(0)).kind).toBe(kind);
  });

  it("S3: the window is that of the rotation, and no retry moves it on", async () => {
    const { step } = await begin();
    const rotation = clock;
    await step(0);
    clock += WINDOW - 1;
    const retry = await step(0);
    expect(retry).toMatchObject({ kind: "retried", retries: 1, idleUntil: rotation + HOUR });
    clock += 2;
    expect(await step(0)).toEqual({ kind: "reused" });
  });

  it("S3: retries are counted and capped", async () => {
    const { step, id, store } = await begin();
    await step(0);
    for (let retries = 1; retries <= 5; retries += 1) {
      expect(await step(0)).toMatchObject({ kind: "retried", generation: 1, retries });
    }
    expect(await step(0)).toEqual({ kind: "reused" });
    expect(await store.read(id)).toMatchObject({ state: "reuse", generation: 1, retries: 5 });
  });

  it("S3: only the immediate predecessor may be retried, and its use closes the window", async () => {
    const { step } = await begin();
    await step(0);
    await step(1);
    expect(await step(1)).toMatchObject({ kind: "retried", generation: 2 });
    expect(await step(0)).toEqual({ kind: "reused" });
  });

  it("S3: generations in a row that were retried are counted, until one was not", async () => {
    const { step } = await begin();
    await step(0);
    await step(0);
    expect(await step(1)).toMatchObject({ generation: 2, retriedInARow: 1, retries: 0 });
    expect(await step(1)).toMatchObject({ kind: "retried", retriedInARow: 1, retries: 1 });
    expect(await step(2)).toMatchObject({ generation: 3, retriedInARow: 2 });
    expect(await step(3)).toMatchObject({ generation: 4, retriedInARow: 0 });
  });

  it("S3: a submit that may not retry is refused, and changes nothing", async () => {
    const { store, step, id } = await begin();
    await step(0);
    const before = await store.read(id);
    expect(await step(0, { mayRetry: false })).toEqual({ kind: "refused" });
    expect(await store.read(id)).toEqual(before);
    expect(await step(1, { mayRetry: false })).toMatchObject({ kind: "rotated" });
  });

  it("S4: retries in any order lead to the one successor", async () => {
    const { step } = await begin();
    const generations = [];
    for (const changes of [{}, {}, { seen: '{"ip":"203.0.113.0/24"}' }, {}]) {
      generations.push(await step(0, changes));
    }
    expect(generations.map((verdict) => Object(verdict).generation)).toEqual([1, 1, 1, 1]);
    expect(await step(1)).toMatchObject({ kind: "rotated", generation: 2 });
  });

  it("S2: reuse ends the session, and it stays dead until its absolute time", async () => {
    const { store, step, id } = await begin();
    await step(0, strict);
    expect(await step(0, strict)).toEqual({ kind: "reused" });
    const dead = await store.read(id);
    expect(dead).toMatchObject({ state: "reuse", generation: 1, seen: submit(0).seen });
    for (const generation of [0, 1, 2]) {
      expect(await step(generation)).toEqual({ kind: "ended", state: "reuse" });
    }
    expect(await store.list("u1")).toEqual([]);
    expect(await store.end(id, "logout")).toBe(false);
    clock += 24 * HOUR - 1;
    expect(await step(1)).toEqual({ kind: "ended", state: "reuse" });
    expect(await store.read(id)).toEqual(dead);
    clock += 1;
    expect(await step(1)).toEqual({ kind: "missing" });
    expect(await store.read(id)).toBeUndefined();
  });

  it("S2: a generation that was never handed out ends the session", async () => {
    const { store, step, id } = await begin();
    expect(await step(1)).toEqual({ kind: "ahead" });
    expect(await store.read(id)).toMatchObject({ state: "forged-generation", generation: 0 });
    expect(await step(0)).toEqual({ kind: "ended", state: "forged-generation" });
  });

  it("S7: idle time ends a session to the millisecond, and a rotation gives more", async () => {
    const { store, step, id } = await begin();
    clock += HOUR - 1;
    expect(await step(0)).toMatchObject({ kind: "rotated", idleUntil: clock + HOUR });
    clock += HOUR;
    expect(await step(1)).toEqual({ kind: "expired" });
    expect(await store.list("u1")).toEqual([]);
    expect(await store.read(id)).toMatchObject({ state: "active", generation: 1 });
    expect(await store.end(id, "logout")).toBe(true);
    expect(await step(1)).toEqual({ kind: "ended", state: "logout" });
  });

  it("S7: no rotation moves absolute time on", async () => {
    const { step, session } = await begin({ idleFor: 4 * MINUTE, absoluteFor: 5 * MINUTE });
    const { absoluteUntil } = session;
    clock += 3 * MINUTE;
    const times = { absoluteUntil, idleUntil: absoluteUntil };
    expect(await step(0)).toMatchObject({ kind: "rotated", ...times });
    clock = absoluteUntil - 1;
    expect(await step(0)).toEqual({ kind: "reused" });
    clock = absoluteUntil;
    expect(await step(1)).toEqual({ kind: "missing" });
  });

  it("S7: a session may not be idle longer than it lives", async () => {
    const { session } = await begin({ idleFor: 2 * HOUR, absoluteFor: HOUR });
    expect(session.idleUntil).toBe(session.absoluteUntil);
  });

  it("ends a session once", async () => {
    const { store, twin = store, step, id } = await begin();
    const ends = await Promise.all([store.end(id, "logout"), twin.end(id, "killed")]);
    expect(ends.toSorted()).toEqual([false, true]);
    expect(await store.end(id, "logout")).toBe(false);
    expect((await step(0)).kind).toBe("ended");
    expect(await store.list("u1")).toEqual([]);
  });
});

function kindsOf(verdicts: readonly { readonly kind: string }[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { kind } of verdicts) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
