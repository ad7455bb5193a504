import { afterEach, describe, expect, it } from "vitest";
import { newSession, submit } from "./session-examples.js";
import { sessionStoreCases } from "./session-store-cases.js";
import type { OpenedSessionStore } from "./session-store-cases.js";

const cases = await sessionStoreCases();

describe.each(cases)("subjects of a store of sessions: $name", ({ open }) => {
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

  it("lists a subject's sessions, the oldest first, and nobody else's", async () => {
    const { store } = await openOne();
    const subjects = ["u1", "u1:", "u", "U1", "u1 ", "*", "ü"];
    const ids = new Map<string, string[]>();
    for (const round of [1, 2, 3]) {
      // The third begins in the same millisecond as the second.
      if (round < 3) clock += 1;
      for (const subject of subjects) {
        const { session } = await store.create(newSession({ subject }));
        ids.set(subject, [...(ids.get(subject) ?? []), session.id]);
      }
    }
    for (const subject of subjects) {
      expect((await store.list(subject)).map(({ id }) => id)).toEqual(ids.get(subject));
    }
    expect(await store.list("nobody")).toEqual([]);
  });

  it("makes room for a session that begins: the oldest living ones are displaced", async () => {
    const { store } = await openOne();
    const ids: string[] = [];
    const begin = async (maxPerSubject: number) => {
      const { session, displaced } = await store.create(newSession({ maxPerSubject }));
      ids.push(session.id);
      return displaced;
    };
    for (let count = 0; count < 3; count += 1) expect(await begin(3)).toEqual([]);
    await store.end(String(ids[1]), "logout");
    expect(await begin(3)).toEqual([]);
    expect(await begin(3)).toEqual([ids[0]]);
    expect(await store.step(String(ids[0]), submit(0))).toEqual({
      kind: "ended",
      state: "displaced",
    });
    expect(await begin(1)).toEqual(ids.slice(2, 5));
    expect((await store.list("u1")).map(({ id }) => id)).toEqual([ids[5]]);
  });

  it("makes room too where many begin at once", async () => {
    const { store, twin = store } = await openOne();
    const begun = await Promise.all(
      Array.from({ length: 30 }, (_, at) =>
        (at % 2 ? store : twin).create(newSession({ maxPerSubject: 4 })),
      ),
    );
    const left = (await store.list("u1")).map(({ id }) => id);
    const displaced = begun.flatMap(({ displaced }) => displaced);
    expect([left.length, displaced.length]).toEqual([4, 26]);
    expect(new Set([...left, ...displaced]).size).toBe(30);
  });

  it("S11: ends all sessions of a subject but for one, which takes the new epoch", async () => {
    const { store, twin = store } = await openOne();
    const create = async (subject: string) => (await store.create(newSession({ subject }))).session;
    const [one, spared, three, other] = [
      await create("u1"),
      await create("u1"),
      await create("u1"),
      await create("u2"),
    ];
    clock += 1;
    const { epoch, ended } = await twin.endAll("u1", "logout-all", spared.id);
    expect(ended).toEqual([one.id, three.id]);
    expect(epoch).toBe(clock);
    expect(await store.list("u1")).toEqual([{ ...spared, epoch }]);
    expect(await store.list("u2")).toEqual([other]);
    expect(await store.step(one.id, submit(0))).toEqual({ kind: "ended", state: "logout-all" });
    expect((await create("u1")).epoch).toBe(epoch);
    // The session of somebody else is neither spared nor touched.
    const all = await store.endAll("u1", "account-disabled", other.id);
    expect(all.ended.length).toBe(2);
    expect(all.epoch).toBe(epoch + 1);
    expect(await store.list("u2")).toEqual([other]);
    expect(await store.endAll("u1", "killed")).toMatchObject({ epoch: epoch + 2, ended: [] });
  });

  it("S11: sessions that begin while all end are dead or of the new epoch", async () => {
    const { store, twin = store } = await openOne();
    await store.create(newSession());
    const begins = Array.from({ length: 15 }, () =>
      store.create(newSession({ maxPerSubject: 50 })),
    );
    const [{ epoch, ended }] = await Promise.all([twin.endAll("u1", "killed"), ...begins]);
    const left = await store.list("u1");
    expect(left.length + ended.length).toBe(16);
    for (const session of left) expect(session.epoch).toBe(epoch);
  });

  it("S11: an epoch rises by one at least, and to the time at least", async () => {
    const { store } = await begin();
    const epochs = [];
    for (const later of [0, 0, 0, 1000, 0]) {
      clock += later;
      epochs.push((await store.endAll("u1", "killed")).epoch);
    }
    const first = clock - 1000;
    expect(epochs).toEqual([first + 1, first + 2, first + 3, clock, clock + 1]);
    expect((await store.endAll("nobody", "killed")).epoch).toBe(clock);
  });

  it("S13: a store that lost all knows no session, and gives no epoch twice", async () => {
    const { store, lose, step, id } = await begin();
    if (lose === undefined) return;
    clock += 1;
    const { epoch } = await store.endAll("u1", "killed", id);
    await lose();
    clock += 1;
    expect(await step(0)).toEqual({ kind: "missing" });
    expect(await store.read(id)).toBeUndefined();
    expect(await store.list("u1")).toEqual([]);
    expect(await store.end(id, "logout")).toBe(false);
    expect((await store.create(newSession())).session.epoch).toBeGreaterThan(epoch);
  });

  it("S12: keeps the session's own facts and nothing else", async () => {
    const { store, dump, step, session, id } = await begin();
    if (dump === undefined) return;
    await step(0);
    await step(0);
    const { seen = "" } = (await store.read(id)) ?? {};
    const keys = [`session:${id}`, "sessions-of:u1", "epoch-of:u1"];
    // Of Redis, which keeps names too, and what changes in one text.
    const fields = ["counters", "subject", "data", "seen"];
    const known = new Set([id, "u1", session.data, seen, "active", ...keys, ...fields]);
    const cells = (await dump()).flatMap((cell) =>
      cell.startsWith("active ") ? cell.split(" ") : [cell],
    );
    expect(cells).toEqual(expect.arrayContaining([session.data, seen]));
    const numbers = cells.filter((cell) => !known.has(cell)).map(Number);
    for (const number of numbers) expect(number).toBeLessThanOrEqual(session.absoluteUntil);
  });

  it("is closed for itself alone: another process goes on", async () => {
    const { store, twin } = await openOne();
    const { session } = await store.create(newSession());
    await store.close();
    if (twin === undefined) return;
    expect(await twin.step(session.id, submit(0))).toMatchObject({ kind: "rotated" });
  });
});
