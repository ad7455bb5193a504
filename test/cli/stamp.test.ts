import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createProject, desk, readFiles, writeFiles } from "./create-project.js";
import { runGatewright } from "./run-gatewright.js";

const doubtful = { "policies/more.yaml": "gatewright: 1\nroles:\n  boss: {}\n" };

function built(files: Readonly<Record<string, string>> = desk): string {
  const folder = createProject(files);
  expect(runGatewright(folder, ["build"]).status).toBe(0);
  return folder;
}

function stampOf(folder: string): string {
  const names = readdirSync(join(folder, ".gatewright")).filter((name) =>
    name.startsWith("stamp-"),
  );
  expect(names).toHaveLength(1);
  return join(folder, ".gatewright", names[0] ?? "");
}

function textOf(folder: string, name: string): string {
  return readFileSync(join(folder, name), "utf8");
}

/** What `check` says, which must be what `check --full` says. */
function check(folder: string, ...args: readonly string[]) {
  const run = runGatewright(folder, ["check", ...args]);
  expect(run).toEqual(runGatewright(folder, ["check", "--full", ...args]));
  return run;
}

function tamper(folder: string, change: (stamp: Record<string, unknown>) => unknown): void {
  const path = stampOf(folder);
  writeFileSync(path, JSON.stringify(change(JSON.parse(readFileSync(path, "utf8")))));
}

describe("the stamp of a build", () => {
  it.each(["text", "json", "sarif", "github"])("answers as a full check does, as %s", (format) => {
    const folder = built({ ...desk, ...doubtful });
    const { status, stdout } = check(folder, "--format", format);
    expect(status).toBe(0);
    expect(stdout).toContain("unused-role");
  });

  it("lets a build without a change say what it says today, and write nothing", () => {
    const folder = built({ ...desk, ...doubtful });
    const before = statSync(stampOf(folder));
    const again = runGatewright(folder, ["build", "--json"]);
    expect(again).toEqual(runGatewright(folder, ["build", "--no-cache", "--json"]));
    const after = statSync(stampOf(folder));
    expect([after.ino, after.mtimeMs]).toEqual([before.ino, before.mtimeMs]);
  });

  it.each<[string, (folder: string) => void]>([
    [
      "another grant",
      (folder) => {
        const text = textOf(folder, "policies/access.yaml");
        writeFiles(folder, { "policies/access.yaml": text.replace("denies", "grants") });
      },
    ],
    [
      "another comment",
      (folder) => {
        const text = textOf(folder, "policies/orders.yaml");
        writeFiles(folder, { "policies/orders.yaml": `# new\n${text}` });
      },
    ],
    ["a new policy file", (folder) => writeFiles(folder, doubtful)],
    [
      "a policy file under another name",
      (folder) => {
        writeFiles(folder, { "policies/other.yaml": textOf(folder, "policies/orders.yaml") });
        rmSync(join(folder, "policies/orders.yaml"));
      },
    ],
    ["a link among the policies", (folder) => symlinkSync("x", join(folder, "policies/x.yaml"))],
    ["a missing policy folder", (folder) => rmSync(join(folder, "policies"), { recursive: true })],
    [
      "another byte in the output",
      (folder) => {
        const text = textOf(folder, "generated/guards.ts");
        writeFiles(folder, { "generated/guards.ts": text.replace("orders", "order5") });
      },
    ],
    ["a missing file", (folder) => rmSync(join(folder, "generated/types.ts"))],
    [
      "a left-over file",
      (folder) => writeFiles(folder, { "generated/old.ts": textOf(folder, "generated/gate.ts") }),
    ],
    [
      "a file of others in the way",
      (folder) => writeFiles(folder, { "generated/gate.ts": "export {};\n" }),
    ],
    [
      "a link in place of a file",
      (folder) => {
        writeFiles(folder, { "gate.ts": textOf(folder, "generated/gate.ts") });
        rmSync(join(folder, "generated/gate.ts"));
        symlinkSync("../gate.ts", join(folder, "generated/gate.ts"));
      },
    ],
  ])("hides no drift: %s", (_, change) => {
    const folder = built();
    change(folder);
    const { status } = check(folder);
    expect(status).toBe(1);
  });

  it("places warnings right after a change of line ends", () => {
    const folder = built({ ...desk, ...doubtful });
    const crlf = (doubtful["policies/more.yaml"] ?? "").replaceAll("\n", "\r\n");
    writeFiles(folder, { "policies/more.yaml": crlf });
    const { status, stdout } = check(folder);
    expect(status).toBe(0);
    expect(stdout).toContain("policies/more.yaml:3:3");
  });

  it("is one for each pair of folders", () => {
    const folder = built();
    expect(runGatewright(folder, ["build", "--out", "other"]).status).toBe(0);
    const names = readdirSync(join(folder, ".gatewright"));
    expect(names.filter((name) => name.startsWith("stamp-"))).toHaveLength(2);
    rmSync(join(folder, "other/types.ts"));
    expect(check(folder).status).toBe(0);
    expect(check(folder, "--out", "other").status).toBe(1);
  });

  it("is not left by a build that fails, nor with --no-cache, nor by check", () => {
    const folder = createProject();
    runGatewright(folder, ["build", "--no-cache"]);
    runGatewright(folder, ["check"]);
    writeFiles(folder, { "policies/more.yaml": "gatewright: 2\n" });
    expect(existsSync(join(folder, ".gatewright"))).toBe(false);
    expect(runGatewright(folder, ["build"]).status).toBe(1);
    const names = readdirSync(join(folder, ".gatewright"));
    expect(names.filter((name) => name.startsWith("stamp-"))).toEqual([]);
  });

  it("stays out of version control", () => {
    expect(textOf(built(), ".gatewright/.gitignore")).toBe("*\n");
  });
});

describe("a stamp that no build has left", () => {
  it.each<[string, (folder: string) => void]>([
    ["empty", (folder) => writeFileSync(stampOf(folder), "")],
    ["no JSON", (folder) => writeFileSync(stampOf(folder), "\u0000{[")],
    ["no object", (folder) => writeFileSync(stampOf(folder), "[null]")],
    ["without files", (folder) => tamper(folder, (stamp) => ({ ...stamp, files: [] }))],
    [
      "with a name that leads away",
      (folder) =>
        tamper(folder, (stamp) => ({ ...stamp, files: [{ path: "../x.ts", digest: "" }] })),
    ],
    [
      "without its warnings",
      (folder) => tamper(folder, (stamp) => ({ ...stamp, diagnostics: [] })),
    ],
    [
      "with warnings that are none",
      (folder) => tamper(folder, (stamp) => ({ ...stamp, diagnostics: [{ severity: 1 }] })),
    ],
    [
      "a folder",
      (folder) => {
        const path = stampOf(folder);
        rmSync(path);
        mkdirSync(path);
      },
    ],
    [
      "a pipe",
      (folder) => {
        const path = stampOf(folder);
        rmSync(path);
        expect(spawnSync("mkfifo", [path]).status).toBe(0);
      },
    ],
  ])("is ignored: %s", (_, change) => {
    const folder = built({ ...desk, ...doubtful });
    change(folder);
    const { status, stdout } = check(folder);
    expect(status).toBe(0);
    expect(stdout).toContain("unused-role");
    const text = textOf(folder, "generated/guards.ts");
    writeFiles(folder, { "generated/guards.ts": `${text}\n` });
    expect(check(folder).status).toBe(1);
    expect(runGatewright(folder, ["build"]).stdout).toContain("wrote generated/guards.ts\n");
  });

  it("is ignored where a link stands for it", () => {
    const folder = built();
    const elsewhere = createProject({ "stamp.json": readFileSync(stampOf(folder), "utf8") });
    const path = stampOf(folder);
    rmSync(path);
    symlinkSync(join(elsewhere, "stamp.json"), path);
    writeFiles(folder, { "policies/more.yaml": doubtful["policies/more.yaml"] ?? "" });
    const before = readFiles(elsewhere);
    expect(runGatewright(folder, ["build"]).status).toBe(0);
    expect(readFiles(elsewhere)).toEqual(before);
  });

  it("is neither read nor written where the cache folder is a link or a file", () => {
    const elsewhere = createProject({ "keep.txt": "mine" });
    const linked = createProject();
    symlinkSync(elsewhere, join(linked, ".gatewright"));
    const blocked = createProject({ ...desk, ".gatewright": "mine" });
    for (const folder of [linked, blocked]) {
      expect(runGatewright(folder, ["build"]).status).toBe(0);
      expect(check(folder).status).toBe(0);
    }
    expect(readFiles(elsewhere)).toEqual({ "keep.txt": "mine" });
    expect(textOf(blocked, ".gatewright")).toBe("mine");
  });
});
