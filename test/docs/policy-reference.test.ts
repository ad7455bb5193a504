import { describe, expect, it } from "vitest";
import { parseDocument } from "yaml";
import { compile } from "../../generator/compile.js";
import { diagnosticCodes } from "../../generator/diagnostics/codes.js";
import { formatDiagnostics } from "../../generator/diagnostics/report.js";
import { rules } from "../../generator/4-lint/rules/index.js";
import schema from "../../generator/schema/policy.schema.json" with { type: "json" };
import { problemStatus } from "../../runtime/gate-error.js";
import { blocksOf, codesIn, readPage, rowsOf } from "./read-page.js";

const reference = readPage("docs/policy-reference.md");
const diagnostics = readPage("docs/diagnostics.md");
const keyRows = [
  ...rowsOf(reference, "Key", "Meaning", "Example", "Diagnostics"),
  ...rowsOf(reference, "Key", "Meaning, and the default", "Example", "Diagnostics"),
];

describe("the policy reference", () => {
  it("has a row for every key of the schema, and for nothing else", () => {
    const documented = keyRows.map(([key = ""]) => codesIn(key).join());
    expect(documented.toSorted()).toEqual(keysOf(schema).toSorted());
  });

  it.each(
    keyRows.map(([key = "", meaning = "", example = ""]) => [key, meaning, example] as const),
  )("says what %s means, and shows it", (key, meaning, example) => {
    expect(meaning).toMatch(/^[A-Z`].*\.$/);
    const [text = ""] = codesIn(example);
    const { contents, errors, warnings } = parseDocument(text);
    expect([...errors, ...warnings]).toEqual([]);
    const name = codesIn(key).join().split(".").at(-1) ?? "";
    // An example of a deep key stands in the short form of its map.
    const isShown = name.startsWith("<") || new RegExp(`\\b${name}:`).test(text);
    expect(isShown, text).toBe(true);
    expect(contents?.toJSON()).toBeTypeOf("object");
  });

  it("names diagnostics that exist", () => {
    const named = keyRows.flatMap((row) => codesIn(row[3] ?? ""));
    const refused = rowsOf(reference, "Refused", "Diagnostic").flatMap((row) =>
      codesIn(row[1] ?? ""),
    );
    expect(named.length).toBeGreaterThan(60);
    expect(refused.length).toBeGreaterThan(15);
    const known = new Set(diagnosticCodes.keys());
    expect([...named, ...refused].filter((code) => !known.has(code))).toEqual([]);
  });

  it("leaves out no diagnostic of a policy", () => {
    // The others are about generated files, and about documents that are imported.
    const codes = [...diagnosticCodes.keys()].filter((code) => !/^(?:output|openapi)-/.test(code));
    const missing = codes.filter((code) => !reference.includes(`\`${code}\``));
    expect(missing).toEqual([]);
  });

  it("knows every problem, by its status", () => {
    const [, list = ""] = /The codes: (.*?)\.\n\n/s.exec(reference) ?? [];
    const listed = list.split(";").flatMap((part) => {
      const status = Number(/\d{3}/.exec(part)?.[0]);
      return codesIn(part).map((code) => [code, status]);
    });
    expect(Object.fromEntries(listed)).toEqual(problemStatus);
  });
});

describe("the policies in the documentation", () => {
  const pages = ["README.md", "docs/policy-reference.md", "generator/README.md"];
  const policies = pages.flatMap((page) =>
    blocksOf(readPage(page), "yaml").map((text, index) => [`${page}, ${index + 1}`, text] as const),
  );

  it("stand on every page that should have some", () => {
    expect(policies.length).toBeGreaterThan(11);
    expect(policies.filter(([, text]) => !/^gatewright: 1$/m.test(text))).toEqual([]);
  });

  it.each(policies)("compile: %s", (name, text) => {
    const sources = [{ path: `${name}.yaml`, text }];
    const errors = compile(sources).diagnostics.filter(({ severity }) => severity === "error");
    expect(formatDiagnostics(errors, sources, "text")).toBe("");
  });
});

describe("the page of diagnostics", () => {
  const rows = rowsOf(diagnostics, "Code", "Meaning", "Cure");

  it("lists every code with its meaning, and no other", () => {
    const listed = rows.map(([code = "", meaning = ""]) => [codesIn(code).join(), meaning]);
    const warnings = new Set(
      rules.filter(({ severity }) => severity === "warning").map(({ name }) => name),
    );
    const expected = [...diagnosticCodes].map(([code, meaning]) => [
      code,
      warnings.has(code) ? `${meaning} (*warning*)` : meaning,
    ]);
    expect(listed).toEqual(expected);
  });

  it("has a cure for each", () => {
    expect(rows.filter(([, , cure = ""]) => !/^[A-Z].*\.$/.test(cure))).toEqual([]);
  });
});

interface SchemaNode {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: boolean | SchemaNode;
}

/** Every key as a path; a part of the schema that contains itself is followed once. */
function keysOf(root: object): readonly string[] {
  return visit(root, "", []);

  function visit(node: SchemaNode, path: string, around: readonly SchemaNode[]): readonly string[] {
    const target = node.$ref === undefined ? node : resolve(node.$ref);
    if (around.includes(target)) return [];
    const { properties = {}, patternProperties = {}, additionalProperties: others } = target;
    const children: readonly (readonly [string, SchemaNode])[] = [
      ...Object.entries(properties),
      ...(typeof others === "object" ? [["<name>", others] as const] : []),
      ...Object.entries(patternProperties).map(
        ([pattern, child]) => [pattern.startsWith("^/") ? "<path>" : "<METHOD>", child] as const,
      ),
    ];
    return children.flatMap(([name, child]) => {
      const key = path === "" ? name : `${path}.${name}`;
      return [key, ...visit(child, key, [...around, target])];
    });
  }

  function resolve(pointer: string): SchemaNode {
    return pointer
      .split("/")
      .slice(1)
      .reduce((found: object, step) => Reflect.get(found, step), root);
  }
}
