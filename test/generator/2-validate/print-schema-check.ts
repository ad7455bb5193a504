import { Ajv } from "ajv";
import ajvStandalone from "ajv/dist/standalone/index.js";
import { parse, stringify } from "yaml";

/** For people and editors; no check and no diagnostic reads it. */
const unread = new Set(["$id", "$schema", "title", "markdownDescription"]);

/** An example in a help should not break the line. */
const MAX_EXAMPLE = 80;

const header = `// Generated from ../schema/policy.schema.json. Do not edit.
// To change it, edit the schema, then run \`UPDATE=1 npx vitest run test/generator/2-validate\`.
// @ts-nocheck The code is that of a library, whose tests hold it.
import type { SchemaError } from "./schema-error.js";

/** The places of a policy file that its JSON Schema does not admit. */
export function checkSchema(policy: unknown): readonly SchemaError[] {
  return validate10(policy) ? [] : validate10.errors;
}
`;

/**
 * The check of policy files against their JSON Schema as a module that needs nothing of ajv. Compiling the schema
 * at each start takes longer than compiling a policy of a hundred routes, and makes code of text.
 */
export function printSchemaCheck(schema: object): string {
  const ajv = new Ajv({
    allErrors: true,
    strict: false,
    verbose: true,
    logger: false,
    code: { source: true, esm: true },
  });
  const code = ajvStandalone
    .default(ajv, ajv.compile(Object(forCheck(schema))))
    .replace(/^"use strict";export const validate = validate10;export default validate10;/, "")
    // The code of ajv that a check would import (ajv#2598).
    .replace(
      /const (func\d+) = require\("ajv\/dist\/runtime\/ucs2length"\)\.default;/,
      "const $1 = (text) => { let count = 0; for (const _ of text) count += 1; return count; };",
    )
    .replace(/;(?=const schema|function validate)/g, ";\n");
  const [left] = /\b(?:require|export|import)\b[^.]{0,60}/.exec(code) ?? [];
  if (left !== undefined) throw new Error(`the check still says ${left}: inline it here`);
  return `${header}\n${code}\n`;
}

/** The schema as the check carries it: what diagnostics say, with the example of a place on one line. */
function forCheck(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(forCheck);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value)
    // A property of the policy language may have such a name; its schema is no text.
    .filter(([key, member]) => !unread.has(key) || typeof member !== "string")
    .map(([key, member]) => [key, forCheck(member)]);
  const example = "markdownDescription" in value ? exampleIn(value.markdownDescription) : undefined;
  return Object.fromEntries(example === undefined ? members : [...members, ["example", example]]);
}

function exampleIn(markdown: unknown): string | undefined {
  const [, block] = /```yaml\n([^]*?)\n```/.exec(String(markdown)) ?? [];
  if (block === undefined) return undefined;
  const flow = stringify(parse(block), { collectionStyle: "flow", lineWidth: 0 });
  const line = block.includes("\n") ? flow.trim().replace(/^\{ (.*) \}$/, "$1") : block;
  return line.length > MAX_EXAMPLE ? undefined : line;
}
