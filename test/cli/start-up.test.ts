import { mkdirSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { commands } from "../../generator/commands/index.js";
import { fillSpool } from "./audit-desk.js";
import { createProject } from "./create-project.js";
import { runGatewright } from "./run-gatewright.js";

const project = createProject();
const root = fileURLToPath(new URL("../..", import.meta.url));

/**
 * The scripts that a command line loads, as V8 counts them: modules and CommonJS alike. Packages by
 * their name, files of ours by their path.
 */
function loadedBy(args: readonly string[]): readonly string[] {
  const folder = join(project, `coverage ${args.join(" ").replaceAll("/", "_")}`);
  mkdirSync(folder);
  const { status } = runGatewright(project, args, { NODE_V8_COVERAGE: folder });
  expect([0, 3]).toContain(status);
  const urls = readdirSync(folder).flatMap((name): readonly { readonly url: string }[] => {
    return JSON.parse(readFileSync(join(folder, name), "utf8")).result;
  });
  const paths = urls.filter(({ url }) => url.startsWith("file:")).map(({ url }) => pathOf(url));
  return [...new Set(paths)].toSorted();
}

function pathOf(url: string): string {
  const path = fileURLToPath(url);
  const [, name] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path) ?? [];
  return name ?? path.slice(root.length);
}

const heavy = ["@ts-morph/common", "ajv", "ts-morph", "yaml"];
const printing = ["@ts-morph/common", "ts-morph", "yaml"];
const heavyIn = (loaded: readonly string[]) => heavy.filter((name) => loaded.includes(name));

beforeAll(() => {
  expect(runGatewright(project, ["build"]).status).toBe(0);
});

describe("what a command line loads", () => {
  it.each([[["--help"]], [["--version"]], [["help"]]])(
    "of our own only the outer shell: %j",
    (args) => {
      const loaded = loadedBy(args);
      expect(loaded).toContain("generator/dist/cli.js");
      expect(loaded.filter((path) => !path.startsWith("generator/"))).toEqual([]);
      const inner =
        /^generator\/dist\/(?:command-line|commands\/index|cli|version|diagnostics\/visible)/;
      const others = loaded.filter(
        (path) => path.startsWith("generator/dist/") && !inner.test(path),
      );
      expect(others).toEqual([]);
    },
  );

  it.each(commands.map(({ name }) => name))("no package for the help of %s", (name) => {
    const loaded = loadedBy([name, "--help"]);
    expect(loaded).toContain(`generator/dist/commands/${name}.js`);
    expect(loaded.filter((path) => !path.startsWith("generator/"))).toEqual([]);
  });

  it.each([
    [["lint"], ["yaml"]],
    [["explain", "GET", "/health"], ["yaml"]],
    [["who-can", "GET", "/health"], ["yaml"]],
    [["register"], ["yaml"]],
    [["build", "--no-cache"], printing],
    [["check", "--full"], printing],
    [["build"], []],
    [["check"], []],
  ])(
    "ts-morph only to print files, without a change nothing of all that, and ajv never: %j",
    (args, wanted) => {
      expect(heavyIn(loadedBy(args))).toEqual(wanted);
    },
  );

  it("to work on keys, tokens and audit logs the runtime alone", async () => {
    await fillSpool(join(project, "audit"));
    for (const [args, door] of [
      [["keys", "generate"], "issuer"],
      [["keys", "list"], "issuer"],
      [["audit", "query"], "audit/read/index"],
      [["audit", "stats"], "audit/read/index"],
      [["audit", "tail"], "audit/read/index"],
      [["audit", "export", "--format", "ocsf"], "audit/read/index"],
      [["audit", "verify"], "audit/spool/index"],
    ] as const) {
      const loaded = loadedBy(args);
      expect(loaded).toContain(`runtime/dist/${door}.js`);
      const others = loaded.filter((path) => !/^(?:runtime|generator)\/|^jose$/.test(path));
      expect(others).toEqual([]);
      expect(loaded.filter((path) => /\/(?:[1-5]-|analyse|compile)/.test(path))).toEqual([]);
    }
  });

  it("nothing of the runtime, but to answer questions", () => {
    const ofRuntime = /^(?:runtime\/|jose$)/;
    expect(loadedBy(["lint", "--json"]).filter((path) => ofRuntime.test(path))).toEqual([]);
    expect(loadedBy(["build", "--json"]).filter((path) => ofRuntime.test(path))).toEqual([]);
    const asked = loadedBy(["who-can", "GET", "/me"]).filter((path) => ofRuntime.test(path));
    expect(asked).toContain("runtime/dist/index.js");
  });
});
