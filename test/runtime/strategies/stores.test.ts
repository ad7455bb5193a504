import { createOpaqueTokens } from "@gatewright/runtime/opaque";
import type { OpaqueTokenRecord } from "@gatewright/runtime/opaque";
import { createMemoryStore } from "@gatewright/runtime/stores/memory";
import { openSqliteStore } from "@gatewright/runtime/stores/sqlite";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { afterEach, describe, expect, it } from "vitest";
import { storeCases } from "./store-cases.js";
import type { OpenedStore, StoreCase } from "./store-cases.js";

const HOUR = 3_600_000;
const pepper = randomBytes(32).toString("base64url");
const cases = await storeCases();

describe.each(cases)("a store of opaque tokens: $name", ({ open }: StoreCase) => {
  let opened: OpenedStore | undefined;
  let clock = Date.now();
  const openOne = async () => (opened = await open(() => clock));
  afterEach(async () => {
    await opened?.close();
    clock = Date.now();
  });
  const record = (subject = "u1", claims: object = { sub: subject }): OpaqueTokenRecord => {
    return { subject, claims: JSON.stringify(claims), expiresAt: clock + HOUR };
  };

  it("gives back what was put, and nothing for what was not", async () => {
    const { store } = await openOne();
    const odd = record("ü:*\u0000 'x'", { sub: "ü", text: "\u0000\u{1f600}'\"\\;--" });
    await store.put("one", record());
    await store.put("two", odd);
    expect(await store.get("one")).toEqual(record());
    expect(await store.get("two")).toEqual(odd);
    for (const other of ["three", "", "on", "one ", "*", "__proto__", "ONE"]) {
      expect(await store.get(other)).toBeUndefined();
    }
  });

  it("puts a record in the place of another", async () => {
    const { store } = await openOne();
    await store.put("one", record("u1"));
    await store.put("one", record("u2"));
    expect(await store.get("one")).toEqual(record("u2"));
    expect(await store.deleteBySubject("u2")).toBe(1);
    expect(await store.get("one")).toBeUndefined();
  });

  it("deletes a record once", async () => {
    const { store } = await openOne();
    await store.put("one", record());
    await store.put("two", record());
    expect(await store.delete("one")).toBe(true);
    expect(await store.delete("one")).toBe(false);
    expect(await store.delete("three")).toBe(false);
    expect(await store.get("one")).toBeUndefined();
    expect(await store.get("two")).toEqual(record());
  });

  it("deletes all records of a subject, and of no other", async () => {
    const { store } = await openOne();
    const subjects = ["u1", "u1:", "u", "U1", "u1 ", "*", "u1\u0000", "ü"];
    for (const subject of subjects) {
      await store.put(`a-${subject}`, record(subject));
      await store.put(`b-${subject}`, record(subject));
    }
    await store.delete("b-u1");
    expect(await store.deleteBySubject("u1")).toBe(1);
    expect(await store.deleteBySubject("u1")).toBe(0);
    expect(await store.deleteBySubject("nobody")).toBe(0);
    for (const subject of subjects) {
      const left = [await store.get(`a-${subject}`), await store.get(`b-${subject}`)];
      expect(left).toEqual(
        subject === "u1" ? [undefined, undefined] : [record(subject), record(subject)],
      );
    }
  });

  it("knows at once what another process did", async () => {
    const { store, twin } = await openOne();
    if (twin === undefined) return;
    await store.put("one", record("u1"));
    await twin.put("two", record("u1"));
    expect(await twin.get("one")).toEqual(record("u1"));
    expect(await twin.delete("one")).toBe(true);
    expect(await store.get("one")).toBeUndefined();
    expect(await store.deleteBySubject("u1")).toBe(1);
    expect(await twin.get("two")).toBeUndefined();
  });

  it("keeps no record for ever", async () => {
    const { store } = await openOne();
    // Redis has a clock of its own.
    const lifetime = 50;
    await store.put("short", { ...record("u1"), expiresAt: Date.now() + lifetime });
    await store.put("long", record("u1"));
    clock += HOUR / 2;
    await new Promise((resolve) => {
      setTimeout(resolve, 4 * lifetime);
    });
    await store.put("other", record("u2"));
    expect(await store.get("short")).toBeUndefined();
    expect(await store.get("long")).toBeDefined();
    expect(await store.deleteBySubject("u1")).toBe(1);
  });

  it("holds hundreds of tokens, each under its own digest", async () => {
    const { store } = await openOne();
    const tokens = createOpaqueTokens({ strategy: "sessions", store, pepper, now: () => clock });
    const issued = await Promise.all(
      Array.from({ length: 900 }, (_, index) =>
        tokens.issue({ claims: { sub: `u${index % 3}` }, expiresIn: 60 }),
      ),
    );
    expect(new Set(issued.map(({ token }) => token)).size).toBe(issued.length);
    expect(new Set(issued.map(({ id }) => id)).size).toBe(issued.length);
    const [first, second] = issued;
    expect(await tokens.revoke(String(first?.token))).toBe(true);
    expect(await tokens.revoke(String(first?.token))).toBe(false);
    expect(await tokens.revoke("gwo_")).toBe(false);
    expect(await tokens.revokeSubject("u0")).toBe(299);
    expect(await tokens.revoke(String(second?.token))).toBe(true);
  });

  it("shows nothing that could be presented to whoever reads it", async () => {
    const { store, dump } = await openOne();
    if (dump === undefined) return;
    const tokens = createOpaqueTokens({ strategy: "sessions", store, pepper, now: () => clock });
    const issued = await Promise.all(
      Array.from({ length: 50 }, () => tokens.issue({ claims: { sub: "u1" }, expiresIn: 60 })),
    );
    const text = await dump();
    for (const { id } of issued) expect(text).toContain(id);
    for (const { token } of issued) {
      const secret = token.slice("gwo_".length);
      const spellings = [secret, Buffer.from(secret, "base64url").toString("hex")];
      for (const piece of [...spellings, secret.slice(0, 12), secret.slice(-12)]) {
        expect(text).not.toContain(piece);
      }
    }
    expect(text).not.toMatch(/gwo_/);
    expect(text).not.toContain(pepper);
  });
});

describe("a memory store", () => {
  it("refuses more than it may hold, and drops nothing that lives", async () => {
    let now = 0;
    const store = createMemoryStore({ now: () => now, maxEntries: 2 });
    const put = (digest: string, expiresAt: number) =>
      store.put(digest, { subject: "u1", claims: "{}", expiresAt });
    await put("one", 10);
    await put("two", 20);
    await expect(put("three", 30)).rejects.toThrow("holds 2 tokens already");
    await put("two", 25);
    now = 10;
    await put("three", 30);
    expect(await store.get("one")).toBeUndefined();
    expect(await store.get("two")).toBeDefined();
  });
});

describe("a SQLite store", () => {
  it("is a file that its owner alone can read, and opens again", async () => {
    const folder = mkdtempSync(join(tmpdir(), "gatewright-"));
    const path = join(folder, "tokens.db");
    const first = openSqliteStore({ path });
    await first.put("one", { subject: "u1", claims: "{}", expiresAt: Date.now() + HOUR });
    await first.close();
    expect(statSync(path).mode & 0o077).toBe(0);
    const second = openSqliteStore({ path });
    expect(await second.get("one")).toMatchObject({ subject: "u1" });
    await second.close();
    rmSync(folder, { recursive: true });
  });

  it.each(["", ":memory:", "file:tokens?mode=memory", "no/such/folder/tokens.db"])(
    "does not open %j",
    (path) => {
      expect(() => openSqliteStore({ path })).toThrow(/token store `.*` (is not|cannot be opened)/);
    },
  );

  it("names the install command where there is no driver", () => {
    const folder = mkdtempSync(join(tmpdir(), "gatewright-"));
    cpSync(fileURLToPath(new URL("../../../runtime/dist", import.meta.url)), folder, {
      recursive: true,
    });
    const code = `
      process.getBuiltinModule = () => undefined;
      const { openSqliteStore } = await import("./stores/sqlite.js");
      openSqliteStore({ path: "tokens.db" });
    `;
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    writeFileSync(join(folder, "start.js"), code);
    const run = spawnSync(process.execPath, ["start.js"], { cwd: folder, encoding: "utf8" });
    expect(run.status).toBe(1);
    expect(run.stderr).toContain("npm install better-sqlite3@12");
    expect(run.stderr).toContain("configuration-invalid");
    rmSync(folder, { recursive: true });
  });

  it("uses the driver that it is given", async () => {
    const folder = mkdtempSync(join(tmpdir(), "gatewright-"));
    const paths: string[] = [];
    const driver = new Proxy(Database, {
      construct: (target, [path]) => {
        paths.push(path);
        return new target(path);
      },
    });
    const path = join(folder, "tokens.db");
    const store = openSqliteStore({ path, driver });
    await store.close();
    expect(paths).toEqual([path]);
    rmSync(folder, { recursive: true });
  });
});
