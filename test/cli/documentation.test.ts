import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { exitCode } from "../../generator/command-line/exit-code.js";
import { commands } from "../../generator/commands/index.js";
import { reportFormats } from "../../generator/diagnostics/report.js";
import { deskKey, fillSpool } from "./audit-desk.js";
import { createProject } from "./create-project.js";
import { runConsole } from "./run-console.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const path = join(root, "docs/cli.md");
const text = readFileSync(path, "utf8");

/** A block of commands; `folder` names where they run, and each later block in it goes on there. */
const BLOCK = /(?:<!-- folder: (?<folder>[a-z]+) -->\n)?```console\n(?<body>[^]*?)```/g;

/** The sample policy with its output, then changed as the name says. */
const changes: Readonly<Record<string, (folder: string) => void>> = {
  sample: () => {},
  audited: () => {},
  building: (folder) => {
    writeFileSync(join(folder, "generated/old.ts"), textIn(folder, "generated/gate.ts"));
    writeFileSync(
      join(folder, "generated/guards.ts"),
      `${textIn(folder, "generated/guards.ts")}\n`,
    );
    rmSync(join(folder, "generated/types.ts"));
  },
  drifted: (folder) => {
    writeFileSync(join(folder, "generated/old.ts"), textIn(folder, "generated/gate.ts"));
    writeFileSync(
      join(folder, "generated/guards.ts"),
      `${textIn(folder, "generated/guards.ts")}\n`,
    );
    rmSync(join(folder, "generated/types.ts"));
  },
  mistaken: (folder) => {
    replaceIn(folder, "policies/access.yaml", "inherits: [clerk]", "inherits: [clrek]");
    replaceIn(folder, "policies/orders.yaml", "POST: orders.create", "POST: order.create");
  },
  acting: (folder) => {
    replaceIn(folder, "policies/access.yaml", "  id: sub\n", "  id: sub\n  actor: {}\n");
    replaceIn(
      folder,
      "policies/people.yaml",
      "    GET: authenticated",
      "    GET: { access: authenticated, authentication: [staff, sessions] }",
    );
    writeFileSync(join(folder, "policies/strategies.yaml"), strategies);
  },
  described: (folder) => {
    rmSync(join(folder, "policies"), { recursive: true });
    rmSync(join(folder, "generated"), { recursive: true });
    writeFileSync(join(folder, "openapi.yaml"), description);
  },
  doubtful: (folder) => {
    replaceIn(
      folder,
      "policies/people.yaml",
      "[read, create, disable]",
      "[read, create, disable, merge]",
    );
  },
};

const strategies = `gatewright: 1
authentication:
  default: staff
  strategies:
    staff: { tokens: desk }
    sessions: { opaque: { store: redis, pepper: { environment: ORDER_DESK_PEPPER } } }
`;

const description = `openapi: 3.1.0
info: { title: Order desk }
security: [{ oauth: [orders] }]
paths:
  /orders:
    get: { tags: [orders], operationId: list, summary: List orders }
  /orders/{id}.pdf:
    get: { tags: [orders], operationId: print }
`;

const folders = new Map<string, string>();

describe("docs/cli.md", () => {
  it("shows what the commands print", { timeout: 240_000 }, async () => {
    const audited = folderOf("audited");
    writeFileSync(join(audited, "checkpoint.txt"), await fillSpool(join(audited, "audit")));
    writeFileSync(join(audited, "audit.keys"), `${deskKey.verifierKey}\n`);
    const shown = text.replace(BLOCK, (block, name: string | undefined, body: string) => {
      const lines = body.split("\n").filter((line) => line.startsWith("$ "));
      const printed = runConsole(folderOf(name ?? "sample"), lines);
      return block.replace(body, () => printed);
    });
    if (process.env["UPDATE"] === "1") writeFileSync(path, shown);
    expect(text, "run once with UPDATE=1 to write docs/cli.md").toBe(shown);
    expect([...text.matchAll(BLOCK)].length).toBeGreaterThan(10);
  });

  it.each(commands.map(({ name }) => name))(
    "tells every option and exit code of %s",
    async (name) => {
      const section = text.split(`\n## gatewright ${name}\n`)[1]?.split("\n## ")[0] ?? "";
      const command = await commands.find((entry) => entry.name === name)?.load();
      const options = command?.options.filter((option) => option.name !== "help") ?? [];
      const rows = options.map(({ name: option, value }) =>
        value === undefined ? `| \`--${option}\` |` : `| \`--${option} ${value}\` |`,
      );
      // The formatter pads the cells of a table.
      const lines = section.split("\n").map((line) => line.replace(/ +\|/g, " |"));
      const told = lines.filter((line) => line.startsWith("| `--"));
      expect(told).toHaveLength(rows.length);
      for (const row of rows)
        expect(
          told.some((line) => line.startsWith(row)),
          row,
        ).toBe(true);
      const [, codes = ""] = section.split("\nExit codes: ");
      for (const { code, meaning } of command?.exitCodes ?? []) {
        expect(codes, meaning).toMatch(new RegExp(`(?:^|; |;\\n)${code} `));
      }
    },
  );

  it("tells every exit code and format", () => {
    for (const code of Object.values(exitCode))
      expect(text).toMatch(new RegExp(`\n\\| ${code} +\\| `));
    for (const format of reportFormats)
      expect(text).toMatch(new RegExp(`\n\\| \`${format}\` +\\| `));
  });
});

function folderOf(name: string): string {
  const known = folders.get(name);
  if (known !== undefined) return known;
  const folder = createProject({});
  for (const part of ["policies", "generated"]) {
    cpSync(join(root, part), join(folder, part), { recursive: true });
  }
  const change = changes[name];
  if (change === undefined) throw new Error(`there is no folder ${name}`);
  change(folder);
  folders.set(name, folder);
  return folder;
}

function textIn(folder: string, name: string): string {
  return readFileSync(join(folder, name), "utf8");
}

function replaceIn(folder: string, name: string, old: string, replacement: string): void {
  const before = textIn(folder, name);
  if (!before.includes(old)) throw new Error(`${name} does not hold ${old}`);
  writeFileSync(join(folder, name), before.replace(old, replacement));
}
