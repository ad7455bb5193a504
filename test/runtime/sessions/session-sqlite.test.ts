import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteSessionStore } from "@gatewright/runtime/sessions/sqlite";
import { openSqliteStore } from "@gatewright/runtime/stores/sqlite";
import Database from "better-sqlite3";
import { afterAll, describe, expect, it } from "vitest";
import { allReject, askAll } from "./ask-all.js";
import { HOUR, newSession, submit } from "./session-examples.js";

describe("S13: a SQLite file", () => {
  const folder = mkdtempSync(join(tmpdir(), "gatewright-"));
  const path = join(folder, "sessions.db");
  afterAll(() => rmSync(folder, { recursive: true }));

  it("is its owner's alone, opens again, and may be that of tokens", async () => {
    const tokens = openSqliteStore({ path });
    const first = openSqliteSessionStore({ path });
    const { session } = await first.create(newSession());
    await first.close();
    expect(statSync(path).mode & 0o077).toBe(0);
    const second = openSqliteSessionStore({ path, driver: Database });
    expect(await second.read(session.id)).toEqual(session);
    await second.close();
    await tokens.close();
  });

  it.each(["", ":memory:", "file:sessions?mode=memory", "no/such/folder/sessions.db"])(
    "does not open %j",
    (path) => {
      expect(() => openSqliteSessionStore({ path })).toThrow(
        /the session store `.*` (is not|cannot be opened)/,
      );
    },
  );

  it("that another process keeps locked is a rejection in time, and that is closed", async () => {
    const store = openSqliteSessionStore({ path });
    const { session } = await store.create(newSession());
    const other = new Database(path);
    other.exec("BEGIN IMMEDIATE");
    await expect(store.step(session.id, submit(0))).rejects.toThrow("locked");
    other.exec("COMMIT");
    other.close();
    expect(await store.step(session.id, submit(0))).toMatchObject({ kind: "rotated" });
    await store.close();
    expect(await askAll(store, session.id)).toEqual(allReject);
    await expect(store.close()).resolves.toBeUndefined();
  });

  it("undoes a step that failed half-way", async () => {
    const store = openSqliteSessionStore({ path });
    const { session } = await store.create(newSession({ subject: "twice" }));
    const again = newSession({ subject: "twice", id: session.id, maxPerSubject: 1 });
    await expect(store.create(again)).rejects.toThrow("UNIQUE");
    expect(await store.list("twice")).toEqual([session]);
    await store.close();
  });

  it.each(["", "u1\0", "\0", "ü:*\0 'x' 😀"])(
    "takes the subject %j for no other",
    async (subject) => {
      const store = openSqliteSessionStore({ path });
      const { session } = await store.create(newSession({ subject }));
      const other = await store.create(newSession({ subject: `${subject}\0other` }));
      expect(session.subject).toBe(subject);
      expect(await store.read(session.id)).toEqual(session);
      expect(await store.list(subject)).toEqual([session]);
      expect(await store.read(other.session.id)).toEqual(other.session);
      await store.endAll(subject, "logout-all");
      expect(await store.list(`${subject}\0other`)).toEqual([other.session]);
      await store.close();
    },
  );

  it("deletes what expired", async () => {
    let clock = Date.now();
    const store = openSqliteSessionStore({ path, now: () => clock });
    await store.create(newSession({ subject: "swept" }));
    clock += 48 * HOUR;
    await store.create(newSession());
    const database = new Database(path);
    for (const table of ["gatewright_sessions", "gatewright_session_subjects"]) {
      const rows = database.prepare(`SELECT * FROM ${table} WHERE subject = 'swept'`).all();
      expect(rows).toEqual([]);
    }
    database.close();
    await store.close();
  });
});
