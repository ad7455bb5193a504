import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { compile } from "../../generator/compile.js";
import type { SourceText } from "../../generator/diagnostics/diagnostic.js";
import { formatDiagnostics } from "../../generator/diagnostics/report.js";
import { arbitraryPolicy } from "../agreement/arbitrary-policy.js";
import { samplePolicy } from "../agreement/compile-policy.js";
import { fullPolicy } from "../full-policy.js";

// Holds design.md, section 6: "Same policies, same bytes out, on every machine, for CRLF sources and backslash
// paths too."

const elsewhere = realpathSync(mkdtempSync(join(tmpdir(), "gatewright-")));
afterAll(() => rmSync(elsewhere, { recursive: true }));

const withCrLf = ({ path, text }: SourceText) => ({
  path,
  text: text.replace(/\r?\n/g, "\r\n"),
});
const withBackslashes = ({ path, text }: SourceText) => ({
  path: path.replaceAll("/", "\\"),
  text,
});

/** All that a compilation says, in one text. */
function bytesOf(sources: readonly SourceText[]): string {
  const { files, diagnostics, snapshot } = compile(sources);
  return JSON.stringify([
    files,
    snapshot ?? null,
    formatDiagnostics(diagnostics, sources, "text"),
    JSON.parse(formatDiagnostics(diagnostics, sources, "json")),
  ]);
}

function expectSameBytes(sources: readonly SourceText[]): void {
  const expected = bytesOf(sources);
  expect(bytesOf(sources)).toBe(expected);
  expect(bytesOf(sources.toReversed())).toBe(expected);
  expect(bytesOf(sources.map(withCrLf))).toBe(expected);
  expect(bytesOf(sources.map(withBackslashes))).toBe(expected);
  expect(bytesOf(sources.toReversed().map(withCrLf).map(withBackslashes))).toBe(expected);
}

function ordersOf<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  if (items.length < 2) return [items];
  return items.flatMap((item, index) =>
    ordersOf(items.toSpliced(index, 1)).map((rest) => [item, ...rest]),
  );
}

describe("the same bytes come out", () => {
  it("of the sample policy, in every order of its files", () => {
    const files = samplePolicy();
    const orders = ordersOf(files);
    expect(orders.length).toBeGreaterThan(20);
    const expected = bytesOf(files);
    for (const order of orders) expect(bytesOf(order)).toBe(expected);
    expectSameBytes(files);
  });

  it("of a policy with everything in it, in files of folders", () => {
    const { gatewright, ...sections } = fullPolicy;
    const names = [
      "a/b",
      "a-b",
      "a.b",
      "a",
      "B",
      "b/a",
      "ä",
      "a/b/c",
      "z",
      "y",
      "x",
      "w",
      "v",
      "u",
      "t",
      "s",
      "r",
    ];
    expect(names.length).toBeGreaterThanOrEqual(Object.keys(sections).length);
    const sources = Object.entries(sections).map(([section, value], index) => ({
      path: `policies/${names[index]}.yaml`,
      text: JSON.stringify({ gatewright, [section]: value }, null, 2),
    }));
    expect(compile(sources).files.length).toBeGreaterThan(0);
    expectSameBytes(sources);
  });

  it("of texts of several lines", () => {
    const text = `gatewright: 1
roles:
  clerk:
    description: |
      Takes orders.

      Gives receipts.
  boss:
    inherits: clerk
    description: >-
      Runs
      it.
problems:
  titles:
    forbidden: "Not
      yours"
`;
    const sources = [{ path: "policies/a.yaml", text }];
    const [role] = compile(sources.map(withCrLf)).model?.roles ?? [];
    expect(role?.description).toBe("Runs it.");
    expectSameBytes(sources);
  });

  it("of mistakes, in the same places", () => {
    const broken = samplePolicy().map(({ path, text }) => ({
      path,
      text: text.replace("orders.read", "orders.raed").replace("actions:", "action:"),
    }));
    expect(compile(broken).diagnostics.length).toBeGreaterThan(1);
    expectSameBytes(broken);
    expectSameBytes([...broken, { path: "policies/z.yaml", text: "gatewright: 1\na: [\nb: c\n" }]);
  });

  it("of any policy", () => {
    fc.assert(fc.property(arbitraryPolicy(), expectSameBytes), { numRuns: 60 });
  });

  it("in another process, folder, language and time zone", { timeout: 60_000 }, () => {
    const entry = new URL("../../generator/dist/compile.js", import.meta.url).href;
    const script = `
      import { createHash } from "node:crypto";
      import { readFileSync } from "node:fs";
      const { compile } = await import(${JSON.stringify(entry)});
      const { files, snapshot } = compile(JSON.parse(readFileSync(0, "utf8")));
      const bytes = JSON.stringify([files, snapshot]);
      console.log(createHash("sha256").update(bytes).digest("hex"));
    `;
    const sources = samplePolicy();
    const { files, snapshot } = compile(sources);
    const expected = createHash("sha256")
      .update(JSON.stringify([files, snapshot]))
      .digest("hex");
    for (const env of [
      { TZ: "UTC", LANG: "C", LC_ALL: "C" },
      { TZ: "Asia/Kathmandu", LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8", HOME: elsewhere },
    ]) {
      const args = ["--input-type=module", "--eval", script];
      const options = { encoding: "utf8", cwd: elsewhere, input: JSON.stringify(sources) } as const;
      const { stdout, stderr } = spawnSync(process.execPath, args, {
        ...options,
        env: { PATH: process.env["PATH"], ...env },
      });
      expect(stderr).toBe("");
      expect(stdout.trim()).toBe(expected);
    }
  });
});
