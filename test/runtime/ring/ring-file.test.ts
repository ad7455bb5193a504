import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GateError } from "@gatewright/runtime";
import {
  addKey,
  changeRingFile,
  createRingKey,
  openKeyRing,
  ringDefaults,
} from "@gatewright/runtime/issuer";
import { afterAll, describe, expect, it } from "vitest";
import { documentWith } from "./ring-desk.js";

const folder = mkdtempSync(join(tmpdir(), "gatewright-ring-"));
afterAll(() => rmSync(folder, { recursive: true }));
let count = 0;
const newPath = () => join(folder, `${(count += 1)}.json`);

function write(document: object, mode = 0o600): string {
  const path = newPath();
  writeFileSync(path, JSON.stringify(document));
  chmodSync(path, mode);
  return path;
}

function messageOf(task: () => unknown): string {
  try {
    task();
  } catch (error) {
    expect((error as GateError).code).toBe("configuration-invalid");
    return (error as GateError).message;
  }
  return "";
}

describe("the file of a ring", () => {
  it.each([0o644, 0o640, 0o604, 0o660, 0o620, 0o601])(
    "is refused where others have rights: %o",
    (mode) => {
      const path = write(documentWith(["Ed25519"]), mode);
      expect(messageOf(() => openKeyRing({ file: path }))).toContain("can be read by others");
      expect(messageOf(() => changeRingFile(path, (document) => document))).toContain(
        "read by others",
      );
    },
  );

  it("is written for its owner alone, whatever the umask is", () => {
    const path = newPath();
    const umask = process.umask(0);
    changeRingFile(path, () => documentWith(["ES256"]));
    process.umask(umask);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(openKeyRing({ file: path }).jwks().keys).toHaveLength(1);
    expect(existsSync(`${path}.new`)).toBe(false);
  });

  it("is replaced as a whole: a change that fails leaves it, and nothing beside it", () => {
    const path = write(documentWith(["Ed25519"]));
    const before = readFileSync(path, "utf8");
    const broken = { ...documentWith(["Ed25519"]), sliceSeconds: 1 };
    expect(messageOf(() => changeRingFile(path, () => broken))).toContain("sliceSeconds");
    expect(() =>
      changeRingFile(path, () => {
        throw new Error("no");
      }),
    ).toThrow();
    expect(readFileSync(path, "utf8")).toBe(before);
    expect(existsSync(`${path}.new`)).toBe(false);
  });

  it("is changed by one at a time, and through no link", () => {
    const path = write(documentWith(["Ed25519"]));
    const message = messageOf(() =>
      changeRingFile(path, (document) => {
        changeRingFile(path, (inner) => inner);
        return document;
      }),
    );
    expect(message).toContain("is being changed");
    const target = newPath();
    symlinkSync(target, `${path}.new`);
    expect(messageOf(() => changeRingFile(path, (document) => document))).toContain(
      "is being changed",
    );
    expect(existsSync(target)).toBe(false);
    rmSync(`${path}.new`);
  });

  it("is seen whole by readers in other processes while it changes", async () => {
    const path = newPath();
    changeRingFile(path, () => documentWith(["HS256"]));
    const script = `
      const { readFileSync } = require("node:fs");
      let reads = 0;
      for (const end = Date.now() + 400; Date.now() < end; reads++)
        if (JSON.parse(readFileSync(${JSON.stringify(path)}, "utf8")).entries.length !== 1) process.exit(1);
      console.log(reads);
    `;
    const writing = setInterval(() => changeRingFile(path, () => documentWith(["HS256"])), 1);
    const { promisify } = await import("node:util");
    const { execFile } = await import("node:child_process");
    const { stdout } = await promisify(execFile)(process.execPath, ["-e", script]);
    clearInterval(writing);
    expect(Number(stdout)).toBeGreaterThan(0);
  });

  it("I3 of a key that is revoked by another process ends its tokens when it is read again", () => {
    const path = write(documentWith(["Ed25519"]));
    const ring = openKeyRing({ file: path });
    const [first] = ring.jwks().keys;
    execFileSync(process.execPath, [
      "-e",
      `const fs = require("node:fs"); const path = ${JSON.stringify(path)};
       const ring = JSON.parse(fs.readFileSync(path)); ring.entries[0].revokedAt = 5;
       fs.writeFileSync(path, JSON.stringify(ring));`,
    ]);
    ring.reload();
    expect(ring.jwks().keys).toEqual([]);
    expect(ring.find({ alg: "Ed25519", kid: String(first?.["kid"]) })).toBeUndefined();
  });

  it("keeps the former keys where it breaks, and says so once", async () => {
    const path = write(documentWith(["Ed25519"]));
    const errors: unknown[] = [];
    const ring = openKeyRing({ file: path }, { onError: (error) => errors.push(error) });
    writeFileSync(path, "{");
    expect(messageOf(() => ring.reload())).toContain("no JSON object");
    expect(ring.jwks().keys).toHaveLength(1);
    const next = addKey(ringDefaults, createRingKey("ES256"), 1);
    writeFileSync(path, JSON.stringify(next));
    ring.reload();
    expect(ring.jwks().keys.map(({ alg }) => alg)).toEqual(["ES256"]);
  });
});

describe("what is no ring", () => {
  const good = documentWith(["Ed25519"]);
  const [entry] = good.entries;
  const withEntry = (change: object): object => ({ ...good, entries: [{ ...entry, ...change }] });
  const weak = { kty: "oct", k: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" };
  const cases: readonly (readonly [string, object, string])[] = [
    ["another format", { ...good, format: 2 }, "format"],
    ["an unknown strategy", { ...good, strategy: "x" }, "strategy"],
    ["slices of a second", { ...good, sliceSeconds: 1 }, "sliceSeconds"],
    ["a tolerance of hours", { ...good, clockToleranceSeconds: 61 }, "clockToleranceSeconds"],
    ["entries of another kind", { ...good, entries: 1 }, "entries"],
    ["an id with a dot", withEntry({ id: "a.b" }), "id"],
    ["a long id", withEntry({ id: "a".repeat(17) }), "id"],
    ["a key of another kind", withEntry({ alg: "ES256" }), "is not for ES256"],
    [
      "a key without its private part",
      withEntry({ key: { ...entry?.key, d: undefined } }),
      "private",
    ],
    ["no key", withEntry({ key: null }), "is not for"],
    [
      "a master among stored keys",
      withEntry({ alg: "HKDF-SHA512", purpose: "master" }),
      "strategy",
    ],
    ["a stored key beside masters", { ...good, strategy: "sliced" }, "strategy"],
    ["a weak secret", withEntry({ alg: "HS256", key: weak }), "weak"],
    ["a time that is none", withEntry({ activeFrom: 1.5 }), "times"],
    ["times in another order", withEntry({ activeUntil: 0, acceptUntil: 9 }), "times"],
    ["an end without a grace", withEntry({ activeUntil: 2 ** 32 }), "times"],
    ["one id twice", { ...good, entries: [entry, entry] }, "two keys"],
    [
      "two keys that sign at a time",
      { ...good, entries: [entry, { ...entry, id: "other" }] },
      "signs",
    ],
  ];

  it.each(cases)("%s", (_, document, expected) => {
    const message = messageOf(() => openKeyRing({ text: JSON.stringify(document) }));
    expect(message).toContain(expected);
    const { d, x } = Object(entry?.key);
    for (const secret of [d, x]) expect(message).not.toContain(secret);
  });

  it.each(["", "{", "[]", "AAAA", `{"format":1,"format":1}`])("the text %j", (text) => {
    expect(messageOf(() => openKeyRing({ text }))).not.toBe("");
  });

  it("I7 a secret in the place of a ring is not repeated", () => {
    const secret = "c2VjcmV0LXNlY3JldC1zZWNyZXQ";
    expect(messageOf(() => openKeyRing({ text: secret }))).not.toContain(secret);
  });
});
