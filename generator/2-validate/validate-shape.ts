import { Ajv } from "ajv";
import type { ErrorObject, ValidateFunction } from "ajv";
import type { PolicyDocument, PolicyNode } from "../1-load/policy-document.js";
import type { Diagnostic } from "../diagnostics/diagnostic.js";
import { closest } from "../diagnostics/did-you-mean.js";
import policySchema from "../schema/policy.schema.json" with { type: "json" };
import { findNode } from "./find-node.js";
import type { FoundNode } from "./find-node.js";
import { toPlain } from "./to-plain.js";

/** Compiling the schema takes longer than checking a file with it. */
const validate: ValidateFunction = new Ajv({
  allErrors: true,
  strict: false,
  verbose: true,
  logger: false,
}).compile(policySchema);

/** One wrong level can break in many places; the first ones show what to mend. */
const MAX_MISTAKES = 100;

/** Checks keys and types of a parsed file against the published JSON Schema. */
export function validateShape(document: PolicyDocument): readonly Diagnostic[] {
  if (validate(toPlain(document.root))) return [];
  const errors = (validate.errors ?? []).filter((error) => error.keyword !== "propertyNames");
  const mistakes = errors.map((error) => mistakeFor(error, errors, document.root));
  const distinct = new Map(
    mistakes
      .filter((mistake) => mistake !== undefined)
      .map((mistake) => [`${mistake.at.start}:${mistake.code}:${mistake.message}`, mistake]),
  );
  return [...distinct.values()]
    .slice(0, MAX_MISTAKES)
    .map((mistake) => ({ ...mistake, severity: "error" }));
}

type Mistake = Omit<Diagnostic, "severity">;

function mistakeFor(
  error: ErrorObject,
  all: readonly ErrorObject[],
  root: PolicyNode,
): Mistake | undefined {
  const found = findNode(root, error.instancePath);
  const { params, keyword } = error;
  switch (keyword) {
    case "additionalProperties":
      return unknownKey(String(params.additionalProperty), error, found);
    case "required":
      return missingKey(String(params.missingProperty), { error, all, found });
    case "pattern":
      return error.propertyName === undefined ? badText(found) : badName(error.propertyName, found);
    case "type":
      return {
        code: "wrong-type",
        message: `${named(found)} is ${kindOf(found.node)}, not ${kinds(params.type)}`,
        at: found.at,
        ...helpFrom(error),
      };
    case "enum":
      return badChoice(error, found);
    case "const":
      return {
        code: "bad-value",
        message: `${named(found)} must be ${JSON.stringify(params.allowedValue)}`,
        at: found.at,
        help: `write \`gatewright: ${JSON.stringify(params.allowedValue)}\``,
      };
    default:
      return {
        code: "bad-value",
        message: `${named(found)} ${limits[keyword] ?? "does not fit the policy language"}`,
        at: found.at,
        ...helpFrom(error),
      };
  }
}

const limits: Readonly<Record<string, string>> = {
  minItems: "is an empty list",
  minLength: "is an empty text",
  maxLength: "is too long",
};

function unknownKey(key: string, error: ErrorObject, found: FoundNode): Mistake {
  const entry =
    found.node.kind === "map" ? found.node.entries.find((item) => item.key === key) : undefined;
  const schema: Readonly<Record<string, object>> = { ...error.parentSchema };
  const known = Object.keys(schema["properties"] ?? {});
  const near = closest(key, known);
  const choices = [...known, ...(schema["patternProperties"] ? ["paths", "methods"] : [])];
  return {
    code: "unknown-key",
    message: `unknown key ${quoted(key)}`,
    at: entry?.keyAt ?? found.at,
    help: near === undefined ? `known here: ${choices.join(", ")}` : `did you mean \`${near}\`?`,
  };
}

interface Missing {
  readonly error: ErrorObject;
  readonly all: readonly ErrorObject[];
  readonly found: FoundNode;
}

/** A missing key beside a mistyped one is one mistake: the unknown key is reported with its cure. */
function missingKey(key: string, { error, all, found }: Missing): Mistake | undefined {
  const isRenamed = all.some(
    (other) =>
      other.keyword === "additionalProperties" &&
      other.instancePath === error.instancePath &&
      closest(String(other.params.additionalProperty), [key]) === key,
  );
  if (isRenamed) return undefined;
  if (key === "gatewright") {
    const at = { ...found.at, end: Math.min(found.at.start + 1, found.at.end) };
    const message = "the file does not say its version of the policy language";
    return { code: "missing-version", message, at, help: "begin with `gatewright: 1`" };
  }
  return {
    code: "missing-key",
    message: `${named(found)} has no \`${key}\``,
    at: found.keyAt ?? found.at,
    ...exampleFor(error, key),
  };
}

function badName(name: string, found: FoundNode): Mistake {
  const entry =
    found.node.kind === "map" ? found.node.entries.find((item) => item.key === name) : undefined;
  const isRole = found.path === "/roles";
  return {
    code: "bad-name",
    message: `${quoted(name)} cannot be a name here`,
    at: entry?.keyAt ?? found.at,
    help: isRole
      ? "a role's name has 1 to 200 characters, and no space, `*` or `,`"
      : "begin with a letter; then up to 99 letters, digits, `_` or (not in parameters) `-`",
  };
}

function badText(found: FoundNode): Mistake {
  return {
    code: "bad-name",
    message: `${named(found)} is not a valid name`,
    at: found.at,
    help: "begin with a letter; then up to 99 letters, digits, `_` or `-`",
  };
}

function badChoice(error: ErrorObject, found: FoundNode): Mistake {
  const choices: readonly string[] = error.params.allowedValues.map(String);
  const written = found.node.kind === "scalar" ? String(found.node.value) : "";
  const near = closest(written, choices);
  return {
    code: "bad-value",
    message: `${named(found)} cannot be ${quoted(written)}`,
    at: found.at,
    help: near === undefined ? `write one of ${choices.join(", ")}` : `did you mean \`${near}\`?`,
  };
}

function helpFrom(error: ErrorObject): { readonly help?: string } {
  const description: unknown = error.parentSchema?.description;
  return typeof description === "string" ? { help: lowerFirst(description) } : {};
}

function exampleFor(error: ErrorObject, key: string): { readonly help?: string } {
  const description: unknown = error.parentSchema?.["properties"]?.[key]?.description;
  return typeof description === "string" ? { help: `\`${key}\`: ${lowerFirst(description)}` } : {};
}

function lowerFirst(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1).replace(/\.$/, "");
}

function named(found: FoundNode): string {
  return found.name === undefined ? "the file" : quoted(found.name);
}

/** Names are bounded, since a key may be a megabyte long. */
function quoted(text: string): string {
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  return `\`${shown.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, escapeCharacter)}\``;
}

function escapeCharacter(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

const kindNames: Readonly<Record<string, string>> = {
  object: "a map",
  array: "a list",
  string: "a text",
  integer: "a whole number",
  boolean: "`true` or `false`",
  null: "empty",
};

function kinds(type: unknown): string {
  const names = (Array.isArray(type) ? type : [type])
    .filter((name) => name !== "null")
    .map((name) => kindNames[String(name)] ?? String(name));
  return names.join(" or ");
}

function kindOf(node: PolicyNode): string {
  if (node.kind !== "scalar") return node.kind === "map" ? "a map" : "a list";
  if (node.value === null) return "empty";
  if (typeof node.value === "string") return "a text";
  return typeof node.value === "boolean" ? "`true` or `false`" : "a number";
}
