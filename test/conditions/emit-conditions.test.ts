import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { ts } from "ts-morph";
import { describe, expect, it } from "vitest";
import { checkCondition } from "../../generator/conditions/check-condition.js";
import { emitConditions } from "../../generator/conditions/emit-conditions.js";
import { loadCode } from "../conformance/both-ends.js";
import { orderDesk } from "./order-desk.js";

function conditionOf(text: string) {
  const { condition, mistakes } = checkCondition(text, { declarations: orderDesk });
  if (condition === undefined) throw new Error(JSON.stringify(mistakes));
  return condition;
}

function emit(text: string): string {
  return emitConditions([{ name: "isMet", condition: conditionOf(text) }], {
    inputsType: "Inputs",
  });
}

/** What the function returns, as it is printed. */
function expressionOf(text: string): string | undefined {
  return /^ {4}return ([^\n]*);$/m.exec(emit(text))?.[1];
}

const inputsType = `
interface Line { readonly sku: string; readonly price: number; readonly note?: string | null }
interface Inputs {
  readonly principal: {
    readonly id: string; readonly tenant?: string | null; readonly roles: readonly string[]; readonly level: number;
    readonly labels: { readonly [key: string]: string };
    readonly org?: { readonly unit: string; readonly lead?: string | null } | null;
  };
  readonly request: {
    readonly method: string; readonly time: Date; readonly params: { readonly orderId: string };
    readonly headers: { readonly "x-tenant"?: string | null };
  };
  readonly resource: {
    readonly ownerId: string; readonly tenant: string; readonly total: number; readonly count: number;
    readonly createdAt: Date; readonly lines: readonly Line[];
  };
}
`;

const plain: readonly (readonly [text: string, code: string])[] = [
  ["resource.ownerId == principal.id", "resource.ownerId === principal.id"],
  [
    "principal.level >= 3 && !('admin' in principal.roles)",
    'principal.level >= 3 && !principal.roles.includes("admin")',
  ],
  [
    "has(principal.tenant) && principal.tenant == resource.tenant",
    "principal.tenant != null && principal.tenant === resource.tenant",
  ],
  [
    "!has(principal.tenant) || principal.tenant == resource.tenant",
    "principal.tenant == null || principal.tenant === resource.tenant",
  ],
  [
    "resource.lines.all(line, line.price < 10.0 || line.sku.startsWith('x'))",
    'resource.lines.every((line) => line.price < 10 || line.sku.startsWith("x"))',
  ],
  ["(resource.total + 1.0) * 2.0 > 5.0", "(resource.total + 1) * 2 > 5"],
  ["resource.total - (1.0 - 2.0) == -1.0", "resource.total - (1 - 2) === -1"],
  ["(true ? false : true) && principal.level > 1", "(true ? false : true) && principal.level > 1"],
];

describe("emitted conditions", () => {
  it.each(plain)("are plain code where types allow it: %s", (text, code) => {
    expect(expressionOf(text)).toBe(code);
  });

  it("are formatted as the repository is", () => {
    const texts = [
      ...plain.map(([text]) => text),
      "has(principal.tenant) && principal.tenant == resource.tenant && principal.level > 3 && resource.total < 100.0",
      "has(request.headers.`x-tenant`) && request.headers['x-tenant'] == resource.tenant || 'admin' in principal.roles && principal.level > 3",
      "10 / resource.count > 2 || has(principal.tenant) && principal.tenant == 'a'",
      "has(principal.tenant) ? principal.tenant == resource.tenant && principal.level > 2 : 'admin' in principal.roles",
      "resource.lines.all(line, line.price < 100.0 && (!has(line.note) || line.note.size() < 10))",
      "principal.id.matches('^[a-z]+(-[a-z]+)*$') && size(principal.id) < 20 || principal.id.matches('^a')",
    ];
    const conditions = texts.map((text, index) => ({
      name: `is${index}`,
      condition: conditionOf(text),
    }));
    const code = emitConditions(conditions, { inputsType: "ConditionInputs" });
    const biome = fileURLToPath(
      new URL("../../node_modules/@biomejs/biome/bin/biome", import.meta.url),
    );
    const formatted = execFileSync(
      process.execPath,
      [biome, "format", "--stdin-file-path=conditions.ts"],
      {
        input: code,
        encoding: "utf8",
        cwd: fileURLToPath(new URL("../../", import.meta.url)),
      },
    );
    expect(code).toBe(formatted);
  });

  it("type-check under the settings of this repository", { timeout: 60_000 }, () => {
    const texts = [
      ...plain.map(([text]) => text),
      "has(request.headers.`x-tenant`) && request.headers['x-tenant'] == resource.tenant",
      "has(principal.org) && has(principal.org.lead) && principal.org.lead == principal.id",
      "has(principal.tenant) && principal.roles.exists(r, r == principal.tenant)",
      "10 / resource.count > 2 || has(principal.tenant) && principal.tenant == 'a'",
      "request.time - resource.createdAt < duration('24h') && request.time.getHours('Europe/Berlin') >= 8",
      "principal.labels['a'] == 'b' || principal.labels.exists(k, k.startsWith('x'))",
      "principal.id.matches('^[a-z]+(-[a-z]+)*$') && size(principal.id) < 20",
      "principal.roles.exists(r, resource.lines.exists(l, l.sku == r))",
      "resource.lines.map(l, has(l.note), l.note).exists(n, n == 'x') && resource.lines[0].price > 1.0",
      "dyn(principal.level) == resource.total && dyn(principal.id) != null",
      "string(resource.count) + 'x' in [principal.id, 'y'] && [1, 2] == [resource.count, 3]",
      "bytes(principal.id) == b'abc' || int(principal.id) > 9223372036854775806",
      "{'a': resource.count}['a'] == 1 && {1: true}[resource.count] && -resource.count < 0",
    ];
    const conditions = texts.map((text, index) => ({
      name: `is${index}`,
      condition: conditionOf(text),
    }));
    const folder = fileURLToPath(new URL("./.work/", import.meta.url));
    mkdirSync(folder, { recursive: true });
    try {
      writeFileSync(
        `${folder}conditions.ts`,
        `${emitConditions(conditions, { inputsType: "Inputs" })}\n${inputsType}`,
      );
      const config = {
        extends: "../../../tsconfig.base.json",
        compilerOptions: { noEmit: true },
        files: ["conditions.ts"],
      };
      writeFileSync(`${folder}tsconfig.json`, JSON.stringify(config));
      const tsc = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));
      expect(execFileSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8" })).toBe("");
    } catch (error) {
      const output =
        error instanceof Error && "stdout" in error ? String(error.stdout) : String(error);
      expect(output).toBe("");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("hold text of the policy in literals and comments only", () => {
    const piece = fc.constantFrom(
      "*/",
      "`",
      "${x}",
      '"',
      "\\'",
      "\u2028",
      "//",
      "\u202e",
      "</script>",
      "a",
      "*",
      "/",
      String.raw`\n`,
      "\\\\",
      "😀",
    );
    const text = fc.array(piece, { maxLength: 10 }).map((parts) => parts.join(""));
    let emitted = 0;
    fc.assert(
      fc.property(text, text, (one, other) => {
        const condition = `principal.id == '${one}' && principal.id.matches('${other.replace(/[*/\\`$[\](){}|+?.^]/g, "")}') // ${other}`;
        const { condition: checked } = checkCondition(condition, { declarations: orderDesk });
        if (checked === undefined) return;
        const code = emitConditions([{ name: "isMet", condition: checked, note: other }], {
          inputsType: "Inputs",
        });
        const file = ts.createSourceFile("x.ts", code, ts.ScriptTarget.Latest, true);
        expect(file.statements.map(({ kind }) => ts.SyntaxKind[kind])).toEqual([
          "ImportDeclaration",
          "FirstStatement",
          "FunctionDeclaration",
        ]);
        expect(code).not.toMatch(/[\u2028\u202e]/);
        emitted += 1;
      }),
      { numRuns: 300 },
    );
    expect(emitted).toBeGreaterThan(50);
  });

  it("give variables of macros names that hide nothing", async () => {
    const texts = [
      "[1].all(spend, [2].all(spend, spend == 2) && spend == 1)",
      "[1].all(eval, eval == 1)",
      "['a'].exists(undefined, undefined == 'a')",
      "[1].all(steps, [1].all(principal, steps == principal))",
      "[1].all(error, [2].all(call1, call1 > error))",
    ];
    const code = emitConditions(
      texts.map((text, index) => ({ name: `is${index}`, condition: conditionOf(text) })),
      { inputsType: "Inputs" },
    );
    const functions = await loadCode(`${code}${inputsType}`);
    expect(texts.map((_, index) => functions[`is${index}`]?.({}))).toEqual(texts.map(() => true));
  });

  it("are the same at every run", () => {
    const text = "principal.id.matches('a') && int(principal.id) > 1 && [1] == [2]";
    expect(emit(text)).toBe(emit(text));
  });
});
