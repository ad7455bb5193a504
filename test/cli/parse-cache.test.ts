import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createProject, desk, readFiles, writeFiles } from "./create-project.js";
import { runGatewright } from "./run-gatewright.js";

interface Entry {
  readonly key: string;
  readonly json: string;
}

function built(files: Readonly<Record<string, string>> = desk): string {
  const folder = createProject(files);
  expect(runGatewright(folder, ["build"]).status).toBe(0);
  return folder;
}

function cacheOf(folder: string): string {
  const names = readdirSync(join(folder, ".gatewright"));
  const [name = "", ...more] = names.filter((each) => each.startsWith("parsed-"));
  expect([name, more]).toEqual([expect.stringMatching(/^parsed-/), []]);
  return join(folder, ".gatewright", name);
}

function entriesOf(folder: string): readonly Entry[] {
  const lines = readFileSync(cacheOf(folder), "utf8").trimEnd().split("\n");
  return lines.map((line) => {
    const [key = "", , ...json] = line.split(" ");
    return { key, json: json.join(" ") };
  });
}

/** As who knows how gatewright seals its entries would. */
function sealed({ key, json }: Entry): string {
  const seal = createHash("sha256").update(`${key} ${json}`).digest("hex");
  return `${key} ${seal} ${json}\n`;
}

function forge(folder: string, change: (entry: Entry) => Entry): void {
  writeFileSync(cacheOf(folder), entriesOf(folder).map(change).map(sealed).join(""));
}

/** A comment says nothing new, and lets no stamp answer. */
function touch(folder: string, name = "policies/access.yaml"): void {
  writeFiles(folder, { [name]: `# new\n${readFileSync(join(folder, name), "utf8")}` });
}

/** Both entries say another action than the texts. */
function renameAction(folder: string, action: string): void {
  forge(folder, ({ key, json }) => ({ key, json: json.replaceAll("refund", action) }));
}

/** Builds with the cache, and without: both must say and write the same. */
function build(folder: string) {
  const cached = runGatewright(folder, ["build", "--json"]);
  const files = readFiles(join(folder, "generated"));
  rmSync(join(folder, "generated"), { recursive: true });
  const plain = runGatewright(folder, ["build", "--no-cache", "--json"]);
  expect(readFiles(join(folder, "generated"))).toEqual(files);
  expect(JSON.parse(cached.stdout).diagnostics).toEqual(JSON.parse(plain.stdout).diagnostics);
  return cached;
}

describe("the cache of parsed files", () => {
  it("holds an entry for each policy file, and those of files that are there", () => {
    const folder = built();
    const before = entriesOf(folder);
    expect(before).toHaveLength(2);
    touch(folder);
    expect(build(folder).status).toBe(0);
    const after = entriesOf(folder);
    expect(after).toHaveLength(2);
    expect(after.filter(({ key }) => before.some((entry) => entry.key === key))).toHaveLength(1);
  });

  it("is asked instead of the parser where a text is known, and not where it is new", () => {
    const folder = built();
    renameAction(folder, "revoke");
    // Its entry is that of another text: it is parsed, and names an action that the other file's entry lacks.
    touch(folder);
    const { status, stdout } = runGatewright(folder, ["build"]);
    expect(status).toBe(1);
    expect(stdout).toContain("resource `orders` has no action `refund`");
    touch(folder, "policies/orders.yaml");
    expect(build(folder).status).toBe(0);
  });

  it("gives the same places and the same bytes, whatever the line ends", () => {
    const crlf = "gatewright: 1\r\n# none has it\r\nroles:\r\n  boss: {}\r\n";
    const folder = built({ ...desk, "policies/more.yaml": crlf });
    touch(folder);
    const { status, stdout } = build(folder);
    expect(status).toBe(0);
    expect(stdout).toContain("unused-role");
  });

  it("gives the same mistakes as the parser", () => {
    const folder = built();
    writeFiles(folder, {
      "policies/more.yaml": "gatewright: 1\nroles:\n  boss: { inherits: clrek }\n",
    });
    const cached = runGatewright(folder, ["build"]);
    expect(cached.stdout).toContain("policies/more.yaml:3:21");
    expect(runGatewright(folder, ["build"])).toEqual(cached);
    expect(runGatewright(folder, ["build", "--no-cache"])).toEqual(cached);
  });

  it("keeps no file with a mistake, and the others of a build that fails", () => {
    const folder = createProject({
      ...desk,
      "policies/more.yaml": "gatewright: 1\nroles: &a {}\n",
    });
    expect(runGatewright(folder, ["build"]).status).toBe(1);
    expect(entriesOf(folder)).toHaveLength(2);
  });

  it("reports what does not fit the schema, from the cache too", () => {
    const folder = createProject({ ...desk, "policies/more.yaml": "gatewright: 1\nrolls: {}\n" });
    const first = runGatewright(folder, ["build"]);
    expect(first.stdout).toContain("unknown-key");
    expect(entriesOf(folder)).toHaveLength(3);
    expect(runGatewright(folder, ["build"])).toEqual(first);
  });

  it("is neither read nor written by check --full and build --no-cache, and not written by check", () => {
    const folder = createProject();
    expect(runGatewright(folder, ["build", "--no-cache"]).status).toBe(0);
    expect(runGatewright(folder, ["check"]).status).toBe(0);
    expect(existsSync(join(folder, ".gatewright"))).toBe(false);
    expect(runGatewright(folder, ["build"]).status).toBe(0);
    renameAction(folder, "revoke");
    touch(folder);
    const before = readFileSync(cacheOf(folder), "utf8");
    expect(runGatewright(folder, ["check"]).stdout).toContain("unknown-action");
    expect(runGatewright(folder, ["build", "--no-cache"]).status).toBe(0);
    expect(runGatewright(folder, ["check", "--full"]).status).toBe(0);
    for (const command of [["lint"], ["explain", "GET", "/health"]]) {
      expect(runGatewright(folder, command).status).toBe(0);
    }
    expect(readFileSync(cacheOf(folder), "utf8")).toBe(before);
  });
});

describe("an entry that gatewright did not leave for this text", () => {
  it.each<[string, (folder: string) => void]>([
    ["an empty file", (folder) => writeFileSync(cacheOf(folder), "")],
    ["bytes", (folder) => writeFileSync(cacheOf(folder), Buffer.from([0, 255, 10, 200, 10]))],
    [
      "a file that breaks off",
      (folder) => {
        const text = readFileSync(cacheOf(folder), "utf8");
        writeFileSync(cacheOf(folder), text.slice(0, text.length / 3));
      },
    ],
    [
      "another letter",
      (folder) => {
        const text = readFileSync(cacheOf(folder), "utf8");
        writeFileSync(cacheOf(folder), text.replaceAll("refund", "revoke"));
      },
    ],
    [
      "entries under each other's keys",
      (folder) => {
        const seals = /(?<=^\S+ )\S+ .+$/gm;
        const text = readFileSync(cacheOf(folder), "utf8");
        const values = text.match(seals) ?? [];
        expect(values).toHaveLength(2);
        writeFileSync(
          cacheOf(folder),
          text.replace(seals, () => values.pop() ?? ""),
        );
      },
    ],
    [
      "entries of another version",
      (folder) =>
        forge(folder, ({ key, json }) => ({
          key: createHash("sha256").update(`0.0.9 ${key}`).digest("hex"),
          json: json.replaceAll("refund", "revoke"),
        })),
    ],
    ["no JSON", (folder) => forge(folder, ({ key, json }) => ({ key, json: `${json}]` }))],
    ["no tree", (folder) => forge(folder, ({ key }) => ({ key, json: '{"root":{}}' }))],
    ["a scalar", (folder) => forge(folder, ({ key }) => ({ key, json: '[0,1,"public"]' }))],
    [
      "a place behind the end of the file",
      (folder) =>
        forge(folder, ({ key, json }) => ({ key, json: json.replace(/^\[\d+,\d+/, "[0,9999") })),
    ],
    [
      "a folder",
      (folder) => {
        const path = cacheOf(folder);
        rmSync(path);
        mkdirSync(path);
      },
    ],
    [
      "a pipe",
      (folder) => {
        const path = cacheOf(folder);
        rmSync(path);
        expect(spawnSync("mkfifo", [path]).status).toBe(0);
      },
    ],
    [
      "a link",
      (folder) => {
        const path = cacheOf(folder);
        renameAction(folder, "revoke");
        writeFiles(folder, { elsewhere: readFileSync(path, "utf8") });
        rmSync(path);
        symlinkSync("../elsewhere", path);
      },
    ],
  ])("is ignored: %s", (_, change) => {
    const folder = built();
    change(folder);
    touch(folder);
    expect(build(folder).status).toBe(0);
    expect(readFiles(join(folder, "generated"))["permissions.ts"]).toContain("orders.refund");
  });

  it("can say nothing that a policy file could not say", () => {
    const folder = built();
    forge(folder, ({ key, json }) => ({ key, json: json.replaceAll('"refund"', '"*/ evil()"') }));
    touch(folder);
    const { status, stdout } = runGatewright(folder, ["build"]);
    expect(status).toBe(1);
    expect(stdout).toContain("bad-name");
  });
});
