import { spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { compile } from "../../generator/compile.js";
import { readPolicies } from "../../generator/read-policies.js";

const root = realpathSync(mkdtempSync(join(tmpdir(), "gatewright-policies-")));
afterAll(() => rmSync(root, { recursive: true }));
let count = 0;

/** A folder with these files. */
function folderWith(files: Readonly<Record<string, string | Buffer>>): string {
  const folder = join(root, String((count += 1)));
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** What a folder reads as: the paths of its files below it, and per mistake its code, file and message. */
async function read(folder: string) {
  const { sources, diagnostics } = await readPolicies(folder);
  const below = (path: string) => relative(folder, join(process.cwd(), path)).replaceAll("\\", "/");
  return {
    sources: sources.map(({ path }) => below(path)),
    mistakes: diagnostics.map(({ code, severity, at, message, help }) => {
      expect([severity, at.start, at.end]).toEqual(["error", 0, 0]);
      expect(help).toBeTruthy();
      return [code, below(at.file), message];
    }),
  };
}

describe("readPolicies", () => {
  it("reads every YAML file below the folder, sorted by path, and nothing else", async () => {
    const folder = folderWith({
      "b.yaml": "b",
      "a/z.yml": "z",
      "a/y/x.YAML": "x",
      "a.yaml": "a",
      "notes.md": "n",
      yaml: "n",
      "a.yaml.orig": "n",
    });
    const { sources, diagnostics } = await readPolicies(folder);
    expect(diagnostics).toEqual([]);
    expect(sources.map(({ text }) => text)).toEqual(["a", "x", "z", "b"]);
    expect((await read(folder)).sources).toEqual(["a.yaml", "a/y/x.YAML", "a/z.yml", "b.yaml"]);
  });

  it("names files from the working directory, with forward slashes", async () => {
    const folder = folderWith({ "below/a.yaml": "" });
    const { sources } = await readPolicies(folder);
    const path = relative(process.cwd(), join(folder, "below/a.yaml"));
    expect(sources.map((source) => source.path)).toEqual([path.replaceAll("\\", "/")]);
  });

  it("keeps the text as it is: byte order mark, line ends, every letter", async () => {
    const text = "\ufeffa: é\r\nb: 日本 🔑\n";
    const { sources } = await readPolicies(folderWith({ "a.yaml": text }));
    expect(sources.map((source) => source.text)).toEqual([text]);
  });

  it("wants a folder with a policy in it", async () => {
    const empty = folderWith({ "notes.md": "" });
    expect((await read(empty)).mistakes).toEqual([
      ["no-policy", "", "the folder holds no policy file"],
    ]);
    const missing = join(empty, "nowhere");
    expect((await read(missing)).mistakes).toEqual([["no-policy", "", "there is no such folder"]]);
    const file = join(folderWith({ "a.yaml": "" }), "a.yaml");
    expect((await read(file)).mistakes).toEqual([["no-policy", "", "this is not a folder"]]);
  });

  it("refuses symbolic links wherever they lead, and reads the rest", async () => {
    const elsewhere = folderWith({ "secret.yaml": "secret" });
    const folder = folderWith({ "a.yaml": "a", "below/b.yaml": "b" });
    symlinkSync(join(elsewhere, "secret.yaml"), join(folder, "file.yaml"));
    symlinkSync(elsewhere, join(folder, "below/folder"));
    symlinkSync(join(folder, "a.yaml"), join(folder, "own.yaml"));
    symlinkSync("nowhere", join(folder, "gone.yaml"));
    symlinkSync(".", join(folder, "self"));
    const found = await read(folder);
    expect(found.sources).toEqual(["a.yaml", "below/b.yaml"]);
    expect(found.mistakes).toEqual(
      ["below/folder", "file.yaml", "gone.yaml", "own.yaml", "self"].map((name) => [
        "policy-symlink",
        name,
        "a symbolic link is not followed",
      ]),
    );
  });

  it.each([
    ["a byte of Latin-1", Buffer.from("a: 1\nb: caf\xe9\n", "latin1"), 2],
    ["UTF-16", Buffer.from("\ufeffa: 1\n", "utf16le"), 1],
    ["an overlong slash", Buffer.from([0x61, 0x0a, 0x0a, 0xc0, 0xaf]), 3],
    ["half of a surrogate pair", Buffer.from([0x61, 0x0a, 0xed, 0xa0, 0x80]), 2],
    ["a sequence that is cut", Buffer.from([0x61, 0x0a, 0xf0, 0x9f, 0x94]), 2],
    ["a letter past the last", Buffer.from([0xf4, 0x90, 0x80, 0x80]), 1],
  ])("refuses what is not UTF-8, by line: %s", async (_, bytes, line) => {
    const found = await read(folderWith({ "a.yaml": bytes, "b.yaml": "\ufffd: 1" }));
    expect(found).toEqual({
      sources: ["b.yaml"],
      mistakes: [["policy-encoding", "a.yaml", `line ${line} of the file is not UTF-8`]],
    });
  });

  it.skipIf(process.platform === "win32")("refuses a name with a backslash", async () => {
    const found = await read(folderWith({ "a\\b.yaml": "", "c\\d/e.yaml": "", "f.yaml": "" }));
    expect(found.sources).toEqual(["f.yaml"]);
    expect(found.mistakes).toEqual([
      ["policy-unreadable", "a/b.yaml", "the name holds a backslash"],
      ["policy-unreadable", "c/d", "the name holds a backslash"],
    ]);
  });

  it("refuses a pipe without waiting for it", async () => {
    const folder = folderWith({ "b.yaml": "" });
    expect(spawnSync("mkfifo", [join(folder, "a.yaml")]).status).toBe(0);
    expect((await read(folder)).mistakes).toEqual([
      ["policy-unreadable", "a.yaml", "this is not a file"],
    ]);
  });

  it("refuses what it may not read", async () => {
    const folder = folderWith({ "a.yaml": "", "b/c.yaml": "", "d.yaml": "" });
    chmodSync(join(folder, "a.yaml"), 0);
    chmodSync(join(folder, "b"), 0);
    const found = await asNobody(folder, () => read(folder));
    chmodSync(join(folder, "b"), 0o700);
    expect(found).toEqual({
      sources: ["d.yaml"],
      mistakes: [
        ["policy-unreadable", "a.yaml", "this cannot be read (EACCES)"],
        ["policy-unreadable", "b", "this cannot be read (EACCES)"],
      ],
    });
  });
});

describe("the bounds of a folder", () => {
  it("refuse a file that no text limit would pass, unread", async () => {
    const folder = folderWith({ "a.yaml": "", "b.yaml": "b" });
    truncateSync(join(folder, "a.yaml"), 5 * 1024 * 1024);
    expect(await read(folder)).toEqual({
      sources: ["b.yaml"],
      mistakes: [["yaml-size", "a.yaml", "the file has more than 4194304 bytes"]],
    });
  });

  it("refuse more than 16 MiB in all, and stop there", async () => {
    const folder = folderWith({});
    for (let index = 10; index < 40; index += 1) {
      writeFileSync(join(folder, `${index}.yaml`), "");
      truncateSync(join(folder, `${index}.yaml`), 1024 * 1024);
    }
    const { sources, mistakes } = await read(folder);
    expect(mistakes).toEqual([
      ["too-many-files", "", "the folder holds more than 16777216 bytes of policy"],
    ]);
    expect(sources).toHaveLength(16);
  });

  it("admit 10 000 files, which compile, and refuse one more", { timeout: 120_000 }, async () => {
    const folder = folderWith({});
    for (let index = 0; index < 10_000; index += 1) {
      const route = `gatewright: 1\nroutes: {/r${index}: {GET: public}}\n`;
      writeFileSync(join(folder, `${index}.yaml`), route);
    }
    const { sources, diagnostics } = await readPolicies(folder);
    expect([sources.length, diagnostics]).toEqual([10_000, []]);
    const compiled = compile(sources);
    expect(compiled.diagnostics).toEqual([]);
    expect(compiled.model?.routes).toHaveLength(10_000);

    writeFileSync(join(folder, "more.yaml"), "gatewright: 1\n");
    const found = await read(folder);
    expect(found.sources).toHaveLength(10_000);
    expect(found.mistakes).toEqual([
      ["too-many-files", "", "the folder holds more than 10000 policy files"],
    ]);
  });

  it("show the first hundred mistakes of a folder that is not meant for policies", async () => {
    const folder = folderWith({ "z.yaml": "" });
    for (let index = 0; index < 300; index += 1) symlinkSync(".", join(folder, `link${index}`));
    expect((await read(folder)).mistakes).toHaveLength(100);
  });
});

/** Runs a task without the rights of root, who may read everything. */
async function asNobody<Result>(folder: string, task: () => Promise<Result>): Promise<Result> {
  if (process.geteuid?.() !== 0) return await task();
  for (const path of [dirname(folder), folder]) chmodSync(path, 0o755);
  process.seteuid?.(NOBODY);
  try {
    return await task();
  } finally {
    process.seteuid?.(0);
  }
}

const NOBODY = 65_534;
