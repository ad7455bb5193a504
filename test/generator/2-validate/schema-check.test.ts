import { readFileSync, writeFileSync } from "node:fs";
import { Ajv } from "ajv";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkSchema } from "../../../generator/2-validate/check-schema.js";
import { printSchemaCheck } from "./print-schema-check.js";

const folder = new URL("../../../generator/", import.meta.url);
const schema = JSON.parse(readFileSync(new URL("schema/policy.schema.json", folder), "utf8"));

describe("check-schema.ts", () => {
  it("is what the published schema compiles to", () => {
    const file = new URL("2-validate/check-schema.ts", folder);
    const printed = printSchemaCheck(schema);
    if (process.env["UPDATE"] === "1") writeFileSync(file, printed);
    expect(readFileSync(file, "utf8")).toBe(printed);
  });

  it("needs no other module and makes no code of text", () => {
    const code = readFileSync(new URL("2-validate/check-schema.ts", folder), "utf8");
    expect(code).not.toMatch(/\bimport (?!type)|\brequire\(|\beval\(|\bFunction\(/);
  });

  it("finds what ajv finds with the published schema", () => {
    const validate = new Ajv({ allErrors: true, strict: false, logger: false }).compile(schema);
    const words = JSON.stringify(schema).match(/[A-Za-z/][A-Za-z/.*<>-]*/g) ?? [];
    const word = fc.oneof(fc.constantFrom(...new Set(words)), fc.string({ maxLength: 4 }));
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.oneof(word, fc.integer(), fc.boolean(), fc.constant(null)),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(word, tie("value"), { maxKeys: 4 }),
      ),
    }));
    const section = fc.constantFrom<string>(...Object.keys(schema.properties));
    fc.assert(
      fc.property(fc.dictionary(section, value, { maxKeys: 5 }), (policy) => {
        const expected = validate(policy) ? [] : (validate.errors ?? []);
        const found = checkSchema(policy);
        const places = found.map(({ instancePath, keyword, params }) => [
          instancePath,
          keyword,
          params,
        ]);
        expect(places).toEqual(
          expected.map((error) => [error.instancePath, error.keyword, error.params]),
        );
      }),
      { numRuns: 1000 },
    );
  });
});
