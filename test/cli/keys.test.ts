import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createProject } from "./create-project.js";
import { runGatewright } from "./run-gatewright.js";
import type { Run } from "./run-gatewright.js";

const folder = createProject({});
const run = (...args: readonly string[]): Run => runGatewright(folder, ["keys", ...args]);

interface ShownKey {
  readonly id: string;
  readonly alg: string;
  readonly state: string;
  readonly activeFrom: number;
  readonly activeUntil: number | null;
}

function keysOf(ring: string): readonly ShownKey[] {
  const { stdout, status } = run("list", "--ring", ring, "--json");
  expect(status).toBe(0);
  return JSON.parse(stdout).ring.keys;
}

function statesOf(ring: string): readonly string[] {
  return keysOf(ring).map(({ alg, state }) => `${alg} ${state}`);
}

/** Of a ring as it lies there. */
function secretsIn(ring: string): readonly string[] {
  const { entries } = JSON.parse(readFileSync(join(folder, ring), "utf8"));
  return entries.flatMap(({ key }: { key: Record<string, string> }) =>
    ["d", "k", "p", "q", "dp", "dq", "qi"].flatMap((name) => key[name] ?? []),
  );
}

describe("keys", () => {
  it("makes a ring for its owner alone, and prints no secret of it", () => {
    const runs = [
      run("generate", "--ring", "a/ring.json"),
      run("generate", "--ring", "a/ring.json", "--alg", "HS256"),
      run("generate", "--ring", "a/ring.json", "--alg", "RS256"),
      run("rotate", "--ring", "a/ring.json", "--alg", "HS256"),
      run("list", "--ring", "a/ring.json"),
      run("list", "--ring", "a/ring.json", "--json"),
      run("export", "--ring", "a/ring.json"),
    ];
    expect(runs.map(({ status, stderr }) => [status, stderr])).toEqual(runs.map(() => [0, ""]));
    expect(statSync(join(folder, "a/ring.json")).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "a")).mode & 0o777).toBe(0o700);
    const secrets = secretsIn("a/ring.json");
    expect(secrets.length).toBeGreaterThanOrEqual(9);
    const printed = runs.map(({ stdout }) => stdout).join("");
    for (const secret of secrets) expect(printed).not.toContain(secret);
    const exported = JSON.parse(run("export", "--ring", "a/ring.json").stdout);
    expect(exported.keys.map(({ alg }: { alg: string }) => alg)).toEqual(["Ed25519", "RS256"]);
  });

  it("exports private keys where that is asked for by name", () => {
    const { stdout } = run("export", "--ring", "a/ring.json", "--show-secrets");
    for (const secret of secretsIn("a/ring.json")) expect(stdout).toContain(secret);
  });

  it("rotates: the next key is staged until ten minutes are over, and then takes over", () => {
    run("generate", "--ring", "b.json");
    expect(run("rotate", "--ring", "b.json").status).toBe(0);
    expect(statesOf("b.json")).toEqual(["Ed25519 active", "Ed25519 staged"]);
    const [old, next] = keysOf("b.json");
    expect(next?.activeFrom).toBe(old?.activeUntil);
    const again = run("rotate", "--ring", "b.json");
    expect([again.status, again.stderr]).toEqual([
      3,
      "gatewright: a key for Ed25519 is staged already\n",
    ]);
  });

  it("retires a key at once, and has another sign", () => {
    run("generate", "--ring", "c.json", "--alg", "ES256");
    const [first] = keysOf("c.json");
    expect(run("retire", "--ring", "c.json", "--id", first?.id ?? "").status).toBe(0);
    expect(statesOf("c.json")).toEqual(["ES256 revoked", "ES256 active"]);
    const unknown = run("retire", "--ring", "c.json", "--id", "other");
    expect([unknown.status, unknown.stderr]).toEqual([3, "gatewright: the ring has no such key\n"]);
  });

  it("makes and rotates masters of derived keys", () => {
    const made = run(
      "generate",
      "--ring",
      "d.json",
      "--strategy",
      "sliced",
      "--max-lifetime",
      "5m",
    );
    expect(made.stdout).toMatch(/^sliced ring, tokens of 300 s at most/);
    run("rotate", "--ring", "d.json");
    expect(statesOf("d.json")).toEqual(["HKDF-SHA512 active", "HKDF-SHA512 staged"]);
    expect(JSON.parse(run("export", "--ring", "d.json").stdout)).toEqual({ keys: [] });
  });

  it("says what is wrong with a ring, and changes nothing", () => {
    run("generate", "--ring", "e.json");
    const text = readFileSync(join(folder, "e.json"), "utf8");
    chmodSync(join(folder, "e.json"), 0o644);
    for (const action of ["list", "rotate", "generate", "export"]) {
      const { status, stdout, stderr } = run(action, "--ring", "e.json");
      expect([status, stdout]).toEqual([1, ""]);
      expect(stderr).toContain("can be read by others");
    }
    writeFileSync(join(folder, "e.json"), "{}");
    chmodSync(join(folder, "e.json"), 0o600);
    expect(run("list", "--ring", "e.json").status).toBe(0);
    writeFileSync(join(folder, "e.json"), "nothing");
    expect(run("list", "--ring", "e.json").status).toBe(1);
    expect(text).not.toContain("nothing");
    expect(run("list", "--ring", "none.json").stderr).toContain("cannot be read: ENOENT");
    expect(run("rotate", "--ring", "none.json").status).toBe(3);
    const forScripts = run("list", "--ring", "none.json", "--json");
    expect([forScripts.status, forScripts.stderr]).toEqual([1, ""]);
    expect(JSON.parse(forScripts.stdout)).toEqual({
      command: "keys",
      exitCode: 1,
      diagnostics: [],
      error: "the key ring `none.json` cannot be read: ENOENT",
    });
  });

  it("refuses what it does not understand", () => {
    run("generate", "--ring", "f.json");
    run("generate", "--ring", "f.json", "--alg", "ES256");
    const cases: readonly (readonly [readonly string[], string])[] = [
      [["make"], "there is no action `make`"],
      [["retire"], "`keys retire` needs a key"],
      [["rotate", "--ring", "f.json"], "several algorithms"],
      [["generate", "--alg", "none"], "cannot be `none`"],
      [["generate", "--ring", "g.json", "--publish", "soon"], "is not a duration"],
    ];
    for (const [args, expected] of cases) {
      const { status, stderr } = run(...args);
      expect([status, stderr]).toEqual([2, expect.stringContaining(expected)]);
    }
  });

  it("says that a ring has a key for the algorithm, or none to rotate", () => {
    run("generate", "--ring", "h.json");
    expect(run("generate", "--ring", "h.json").stderr).toContain("it has a key for Ed25519");
    const none = run("rotate", "--ring", "h.json", "--alg", "ES256");
    expect([none.status, none.stderr]).toEqual([3, "gatewright: it has no key for ES256\n"]);
  });
});
