import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import schema from "../../generator/schema/policy.schema.json" with { type: "json" };
import { samplePolicy } from "../agreement/compile-policy.js";
import { fullPolicy } from "../full-policy.js";
import { startLanguageServer } from "./start-language-server.js";
import type { LanguageServer } from "./start-language-server.js";

/** The line that the documents recommend. */
const MODELINE =
  "# yaml-language-server: $schema=../node_modules/gatewright/schema/policy.schema.json";

const root = fileURLToPath(new URL("../..", import.meta.url));
mkdirSync(join(root, "build"), { recursive: true });
const project = realpathSync(mkdtempSync(join(root, "build", "editor-")));
mkdirSync(join(project, "policies"));
mkdirSync(join(project, "node_modules"));
symlinkSync(join(root, "generator"), join(project, "node_modules", "gatewright"));

let server: LanguageServer;
beforeAll(async () => {
  server = await startLanguageServer(pathToFileURL(project).href);
});
afterAll(async () => {
  await server.stop();
  rmSync(project, { recursive: true });
});

let count = 0;

/** Opens a policy under the modeline; lines count from that line, which is 0. */
async function open(text: string) {
  const uri = pathToFileURL(join(project, "policies", `${(count += 1)}.yaml`)).href;
  const lines = [MODELINE, ...text.split("\n")];
  const diagnostics = await server.open(uri, lines.join("\n"));
  const placeOf = (word: string): readonly [line: number, character: number] => {
    const line = lines.findIndex((candidate) => candidate.includes(word));
    if (line === -1) throw new Error(`no ${word}`);
    return [line, lines[line]?.indexOf(word) ?? 0];
  };
  return {
    found: diagnostics.map(({ message, range }) => [range.start.line, message] as const),
    /** Of the first line that begins with the word: `file:` is not `profile:`. */
    hover: (word: string) => {
      const line = lines.findIndex((candidate) => candidate.trimStart().startsWith(word));
      if (line === -1) throw new Error(`no ${word}`);
      return server.hover(uri, line, (lines[line]?.indexOf(word) ?? 0) + 1);
    },
    /** Completions at the end of the line that holds the word. */
    complete: (word: string) => {
      const [line] = placeOf(word);
      return server.complete(uri, line, lines[line]?.length ?? 0);
    },
  };
}

describe("an editor with a YAML language server", () => {
  it("finds nothing wrong with policies that compile", async () => {
    for (const { text } of samplePolicy()) {
      expect((await open(text.replace(/^#.*\n/, ""))).found).toEqual([]);
    }
    expect((await open(stringify(fullPolicy))).found).toEqual([]);
  });

  it.each([
    [
      "an unknown key",
      "gatewright: 1\nroles:\n  clerk:\n    grant: [a.b]\n",
      4,
      /grant is not allowed/,
    ],
    ["an unknown section", "gatewright: 1\nrole: {}\n", 2, /role is not allowed/],
    ["a wrong type", "gatewright: 1\nrouter:\n  strict: 1\n", 3, /Expected "boolean"/],
    [
      "a word that is not allowed",
      "gatewright: 1\nrouter:\n  semicolons: deny\n",
      3,
      /"refuse", "allow"/,
    ],
    ["a missing key", "gatewright: 1\nresources:\n  orders: {}\n", 3, /Missing property "actions"/],
    ["a file without a version", "roles: {}\n", 1, /Missing property "gatewright"/],
    ["another version", "gatewright: 2\n", 1, /Value must be 1/],
    [
      "a rule that is none",
      "gatewright: 1\nroutes:\n  /a:\n    GET: 1\n",
      4,
      /Expected|Incorrect type/,
    ],
  ])("shows %s while it is written", async (_, text, line, message) => {
    const { found } = await open(text);
    expect(found).toHaveLength(1);
    expect(found[0]?.[0]).toBe(line);
    expect(found[0]?.[1]).toMatch(message);
  });

  it("explains keys, with an example", async () => {
    const policy = await open(stringify(fullPolicy));
    const grants = await policy.hover("grants:");
    expect(grants).toContain("Permissions as `resource.action`");
    expect(grants).toContain("```yaml\ngrants: [orders.read,");
  });

  it("explains every key of the language", { timeout: 60_000 }, async () => {
    const policy = await open(stringify(fullPolicy));
    const keys = keysIn(schema);
    const names = [...new Set(keys.map(([key]) => key))];
    const written = names.filter((key) => lineWith(key, stringify(fullPolicy)) !== undefined);
    expect(written.length).toBeGreaterThan(40);
    for (const key of written) {
      const text = await policy.hover(lineWith(key, stringify(fullPolicy)) ?? "");
      const said = keys.filter(([name, { description = "" }]) => {
        return name === key && description !== "" && text.includes(description);
      });
      expect(said, `${key}: ${text}`).not.toEqual([]);
      expect(text, key).toContain("```yaml");
    }
  });

  it.each([
    ["sections", "gatewright: 1\n", "", ["roles", "resources", "routes", "tokens", "router"]],
    [
      "keys of a role",
      "gatewright: 1\nroles:\n  clerk:\n    ",
      "    ",
      ["description", "inherits", "grants", "denies"],
    ],
    [
      "keys of an issuer",
      "gatewright: 1\ntokens:\n  desk:\n    ",
      "    ",
      ["issuer", "audience", "algorithms", "keys"],
    ],
    [
      "keys of a rule",
      "gatewright: 1\nroutes:\n  /a:\n    GET:\n      ",
      "      ",
      ["access", "permissions", "catchAll"],
    ],
    ["words", "gatewright: 1\nrouter:\n  semicolons: ", "semicolons", ["refuse", "allow"]],
    [
      "types",
      "gatewright: 1\nresources:\n  o:\n    actions: [a]\n    attributes:\n      n:\n        type: ",
      "type:",
      ["string", "timestamp", "list<string>"],
    ],
  ])("completes %s", async (_, text, word, expected) => {
    const policy = await open(text);
    const labels = await (word === "" || word.trim() === ""
      ? server.complete(
          pathToFileURL(join(project, "policies", `${count}.yaml`)).href,
          text.split("\n").length,
          word.length,
        )
      : policy.complete(word));
    expect(labels).toEqual(expect.arrayContaining(expected));
  });
});

interface Schema {
  readonly $ref?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
}

function resolved(member: Schema): Schema {
  const [, name = ""] = /^#\/definitions\/(.*)$/.exec(member.$ref ?? "") ?? [];
  return Object(schema.definitions)[name] ?? member;
}

/** The first key of a text that has this name, as it stands there. */
function lineWith(key: string, text: string): string | undefined {
  return new RegExp(`^ *${key}:`, "m").exec(text)?.[0].trimStart();
}

/** The keys that the schema names, each with what it says of them. */
function keysIn(value: unknown): readonly (readonly [string, Schema])[] {
  if (typeof value !== "object" || value === null) return [];
  const { properties = {} }: Schema = value;
  const own = Object.entries(properties).map(([key, member]) => [key, resolved(member)] as const);
  return [...own, ...Object.values(value).flatMap(keysIn)].filter(
    ([, member]) => typeof member === "object",
  );
}
