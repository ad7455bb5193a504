import { describe, expect, it } from "vitest";
import { compile } from "../../generator/compile.js";
import { formatDiagnostics } from "../../generator/diagnostics/report.js";

// Policies whose mistakes or names would cost the square of their size. What is asserted is that each is
// refused, and so that this test ends: with a step for each pair, each would run for minutes.

function lines(count: number, line: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => line(index)).join("");
}

const long = "x".repeat(80);

const policies: Readonly<Record<string, readonly [code: string, ...texts: string[]]>> = {
  "typos against many permissions": [
    "unknown-resource",
    `resources:\n${lines(300, (i) => `  abcdefghijklmnopq${i}: {actions: [${lines(90, (j) => `a${j}bcdefghi, `)}]}\n`)}`,
    `roles:\n${lines(500, (i) => `  r${i}: {grants: [abcdefghijklmnopX${i}.a1bcdefgho]}\n`)}`,
  ],
  "typos of long names": [
    "unknown-resource",
    `resources:\n${lines(3000, (i) => `  r${long}${i}: {actions: [read]}\n`)}`,
    `roles:\n${lines(500, (i) => `  r${i}: {grants: [r${long}y${i}.reed]}\n`)}`,
  ],
  "typos of rules of cors": [
    "unknown-cors",
    `cors:\n${lines(9000, (i) => `  cccccccccc${i}: {origins: ['*']}\n`)}`,
    `routes:\n${lines(9000, (i) => `  /a${i}: {cors: cccccccccd${i}, GET: public}\n`)}`,
  ],
  "grants of nothing": ["unknown-resource", `roles: {a: {grants: [${"x.y, ".repeat(100_000)}]}}`],
  "parents that nobody declares": [
    "unknown-role",
    `roles:\n${lines(15_000, (i) => `  r${i}: {inherits: [q${i}]}\n`)}`,
  ],
  "parameters that no path has": [
    "unknown-param",
    `routes:\n${lines(9000, (i) => `  /a${i}/:p: {params: {q${i}: {}}, GET: public}\n`)}`,
  ],
  "methods that are none": [
    "unknown-method",
    `routes:\n  /a:\n${lines(40_000, (i) => `    geet${i}: public\n`)}`,
  ],
  "routes that are bound twice": [
    "duplicate-route",
    `routes:\n${lines(15_000, (i) => `  /a${i}: {GET: public}\n`)}`,
    `routes:\n${lines(15_000, (i) => `  /a${i}: {GET: public}\n`)}`,
  ],
  "routes that are one": [
    "ambiguous-route",
    `routes:\n${lines(15_000, (i) => `  /:a${i}: {GET: public}\n`)}`,
  ],
  "problems that nobody knows": [
    "unknown-problem",
    `problems: {titles: {${lines(30_000, (i) => `forbiden${i}: a, `)}}}`,
  ],
  "mistakes of shape in many files": [
    "unknown-key",
    ...Array.from({ length: 1000 }, () => "roles: {a: {grant: 1, inherits: [b]}}"),
  ],
};

describe("a policy of a megabyte", { timeout: 60_000 }, () => {
  it.each(Object.entries(policies))("of %s is refused", (_, [code, ...texts]) => {
    const sources = texts.map((text, index) => ({
      path: `policies/${index}.yaml`,
      text: `gatewright: 1\n${text}\n`,
    }));
    const { diagnostics, files } = compile(sources);
    expect(files).toEqual([]);
    const found = diagnostics.filter((diagnostic) => diagnostic.code === code);
    expect(found.length).toBeGreaterThanOrEqual(500);
    const printed = formatDiagnostics(diagnostics, sources, "text");
    expect(printed).toContain(`error[${code}]`);
    expect(printed.length / diagnostics.length).toBeLessThan(2000);
  });
});
