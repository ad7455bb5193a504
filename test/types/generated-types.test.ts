import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const fixture = join(root, "test/types/generated-types.ts");
mkdirSync(join(root, "build"), { recursive: true });
const scratch = mkdtempSync(join(root, "build", "types-"));
afterAll(() => rmSync(scratch, { recursive: true }));

/** The errors that `tsc` finds in a text of the fixture, as `line: code`. */
function errorsIn(text: string): readonly string[] {
  const compilerOptions = { noEmit: true };
  const config = { extends: "../../tsconfig.base.json", compilerOptions, files: ["fixture.ts"] };
  writeFileSync(join(scratch, "tsconfig.json"), JSON.stringify(config));
  writeFileSync(
    join(scratch, "fixture.ts"),
    text.replaceAll('"../compile/', '"../../test/compile/'),
  );
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const args = [tsc, "-p", scratch, "--pretty", "false"];
  const { stdout } = spawnSync(process.execPath, args, { encoding: "utf8", cwd: scratch });
  const found = [...stdout.matchAll(/^fixture\.ts\((\d+),\d+\): error (TS\d+)/gm)];
  expect(stdout.match(/error TS/g) ?? []).toHaveLength(found.length);
  return found.map(([, line, code]) => `${line}: ${code}`);
}

describe("the types of generated code", { timeout: 60_000 }, () => {
  const text = readFileSync(fixture, "utf8");

  it("admit what is right", () => {
    expect(errorsIn(text)).toEqual([]);
  });

  it("refuse each mistake where it stands", () => {
    const bare = text.replaceAll("// @ts-expect-error", "// Wrong:");
    const wrong = text.split("\n").flatMap((line, index) => {
      return line.includes("// @ts-expect-error") ? [index + 2] : [];
    });
    expect(wrong.length).toBeGreaterThan(20);
    const lines = errorsIn(bare).map((error) => Number.parseInt(error, 10));
    expect([...new Set(lines)]).toEqual(wrong);
  });
});
