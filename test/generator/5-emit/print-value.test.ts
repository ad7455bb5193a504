import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { printCallProperty } from "../../../generator/5-emit/print-value.js";

const biome = fileURLToPath(
  new URL("../../../node_modules/@biomejs/biome/bin/biome", import.meta.url),
);

function format(text: string): string {
  const args = [biome, "format", "--stdin-file-path=generated/guards.ts"];
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    input: text,
    maxBuffer: 2 ** 24,
  });
  expect(stderr).toBe("");
  return stdout;
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);

/** Around every width at which a call breaks in another way. */
const keys = [1, 4, 5, 6, 30, ...range(68, 100), 150].map((length) => "k".repeat(length));
const lengths = [1, 2, ...range(21, 26), ...range(78, 90), 150];

describe("a property that is a call with one text", () => {
  it.each(["route", "permission"])("%s is printed as the formatter prints it", (callee) => {
    const lines = keys.flatMap((key) =>
      lengths.flatMap((length) =>
        // A quoted key takes two columns more, and characters of Asia two columns each.
        [key, `${key} `].flatMap((name) =>
          ["a", "\u5b57"].map((letter) =>
            printCallProperty(name, { callee, argument: letter.repeat(length) }, 2),
          ),
        ),
      ),
    );
    const text = `export const guards = {\n${lines.join("\n")}\n};\n`;
    expect(lines.length).toBeGreaterThan(2000);
    const formatted = format(text).split("\n");
    expect(text.split("\n").filter((line, index) => line !== formatted[index])).toEqual([]);
  });
});
