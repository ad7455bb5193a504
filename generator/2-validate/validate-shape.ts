import type { PolicyDocument, PolicyNode } from "../1-load/policy-document.js";
import type { Diagnostic } from "../diagnostics/diagnostic.js";
import { closest } from "../diagnostics/did-you-mean.js";
import { quoteText } from "../diagnostics/quote-text.js";
import { checkSchema } from "./check-schema.js";
import { findNode } from "./find-node.js";
import type { FoundNode } from "./find-node.js";
import type { SchemaError } from "./schema-error.js";
import { toPlain } from "./to-plain.js";

/** One wrong level can break in many places; the first ones show what to mend. */
const MAX_MISTAKES = 100;
/** Several errors can be one mistake, and each is looked up in the file. */
const MAX_ERRORS = 1000;

/** Checks keys and types of a parsed file against the published JSON Schema. */
export function validateShape(document: PolicyDocument): readonly Diagnostic[] {
  const found = checkSchema(toPlain(document.root));
  const errors = found.filter(({ keyword }) => keyword !== "propertyNames").slice(0, MAX_ERRORS);
  const distinct = new Map<string, Mistake>();
  for (const error of errors) {
    const mistake = mistakeFor(error, errors, document.root);
    if (mistake === undefined) continue;
    distinct.set(`${mistake.at.start}:${mistake.code}:${mistake.message}`, mistake);
    if (distinct.size === MAX_MISTAKES) break;
  }
  return Array.from(distinct.values(), (mistake) => ({ ...mistake, severity: "error" }));
}

type Mistake = Omit<Diagnostic, "severity">;

function mistakeFor(
  error: SchemaError,
  all: readonly SchemaError[],
  root: PolicyNode,
): Mistake | undefined {
  const found = findNode(root, error.instancePath);
  const { params, keyword } = error;
  switch (keyword) {
    case "additionalProperties":
      return unknownKey(String(params["additionalProperty"]), { error, all, found });
    case "required":
      return missingKey(String(params["missingProperty"]), { error, all, found });
    case "pattern":
      return error.propertyName === undefined ? badText(found) : badName(error.propertyName, found);
    case "type":
      return wrongType(error, found);
    case "enum":
      // What is no text at all has the wrong type, which is said already.
      return textIn(found) === undefined ? undefined : badChoice(error, found);
    case "const":
      return {
        code: "bad-value",
        message: `${named(found)} must be ${JSON.stringify(params["allowedValue"])}`,
        at: found.at,
        help: `write \`gatewright: ${JSON.stringify(params["allowedValue"])}\``,
      };
    default:
      return {
        code: "bad-value",
        message: `${named(found)} ${limits[keyword] ?? "does not fit the policy language"}`,
        at: found.at,
        help: describe(error) ?? "write something, or leave the key out",
      };
  }
}

const limits: Readonly<Record<string, string>> = {
  minItems: "is an empty list",
  minLength: "is an empty text",
  maxLength: "is too long",
};

interface Keys {
  readonly error: SchemaError;
  readonly all: readonly SchemaError[];
  readonly found: FoundNode;
}

function unknownKey(key: string, keys: Keys): Mistake {
  const { error, found } = keys;
  const entry =
    found.node.kind === "map" ? found.node.entries.find((item) => item.key === key) : undefined;
  const meant = meantBy(key, keys);
  return {
    code: "unknown-key",
    message: `unknown key ${quoteText(key)}`,
    at: entry?.keyAt ?? found.at,
    help:
      meant === undefined
        ? `known here: ${knownKeys(error).join(", ")}`
        : `did you mean \`${meant}\`?`,
  };
}

/** A missing key beside one that is not known is one mistake: the unknown key is reported with its cure. */
function missingKey(key: string, keys: Keys): Mistake | undefined {
  const { error, found } = keys;
  if (keysBeside(keys, "additionalProperties").some((other) => meantBy(other, keys) === key)) {
    return undefined;
  }
  if (key === "gatewright") {
    const at = { ...found.at, end: Math.min(found.at.start + 1, found.at.end) };
    const message = "the file does not say its version of the policy language";
    return { code: "missing-version", message, at, help: "begin with `gatewright: 1`" };
  }
  return {
    code: "missing-key",
    message: `${named(found)} has no \`${key}\``,
    at: found.keyAt ?? found.at,
    help: describeKey(error, key),
  };
}

/** The key that was meant: one spelled alike, or the only one that is missing beside the only unknown one. */
function meantBy(key: string, keys: Keys): string | undefined {
  const near = closest(key, knownKeys(keys.error));
  const missing = keysBeside(keys, "required");
  const [only] = missing;
  if (near !== undefined || missing.length !== 1 || only === "gatewright") return near;
  return keysBeside(keys, "additionalProperties").length === 1 ? only : undefined;
}

/** The keys of the same map that are missing, or not known. */
function keysBeside({ error, all }: Keys, keyword: "required" | "additionalProperties") {
  const param = keyword === "required" ? "missingProperty" : "additionalProperty";
  return all
    .filter((other) => other.keyword === keyword && other.instancePath === error.instancePath)
    .map((other) => String(other.params[param]));
}

function knownKeys({ parentSchema = {} }: SchemaError): readonly string[] {
  return Object.keys(Object(parentSchema["properties"]));
}

function badName(name: string, found: FoundNode): Mistake {
  const entry =
    found.node.kind === "map" ? found.node.entries.find((item) => item.key === name) : undefined;
  return {
    code: "bad-name",
    message: `${quoteText(name)} cannot be a name here`,
    at: entry?.keyAt ?? found.at,
    help: namings[found.name ?? ""] ?? naming,
  };
}

function badText(found: FoundNode): Mistake {
  return {
    code: "bad-name",
    message: `${quoteText(textIn(found) ?? "")} cannot be a name here`,
    at: found.at,
    help: naming,
  };
}

const naming = "begin with a letter; then up to 99 letters, digits, `_` or `-`";

/** By section, where names are different. */
const namings: Readonly<Record<string, string>> = {
  roles: "a role's name has 1 to 200 characters, and no space, `*` or `,`",
  params: "begin with a letter; then up to 99 letters, digits or `_`",
};

function wrongType(error: SchemaError, found: FoundNode): Mistake {
  const { type } = error.params;
  const value = found.node.kind === "scalar" ? found.node.value : undefined;
  const isWord = typeof value === "string";
  const isPlain = typeof value === "number" || typeof value === "boolean";
  let help = describe(error);
  // YAML 1.1 read these as truth values.
  if (type === "boolean" && isWord) help = "write `true` or `false`; every other word is a text";
  if (kinds(type).includes("a text") && isPlain) help = "put it in quotes if it is a text";
  return {
    code: "wrong-type",
    message: `${named(found)} is ${kindOf(found.node)}, not ${kinds(type)}`,
    at: found.at,
    help: help ?? `write ${kinds(type)}`,
  };
}

function badChoice(error: SchemaError, found: FoundNode): Mistake {
  const choices = Array.from(Object(error.params["allowedValues"]), String);
  const written = textIn(found) ?? "";
  const near = closest(written, choices);
  return {
    code: "bad-value",
    message: `${named(found)} cannot be ${quoteText(written)}`,
    at: found.at,
    help: near === undefined ? `write one of ${choices.join(", ")}` : `did you mean \`${near}\`?`,
  };
}

/** What the schema says of the value itself, with an example. */
function describe({ parentSchema = {} }: SchemaError): string | undefined {
  const { description, example } = parentSchema;
  if (typeof description !== "string") return undefined;
  const text = lowerFirst(description);
  return typeof example === "string" ? `${text}, like \`${example}\`` : text;
}

function textIn({ node }: FoundNode): string | undefined {
  return node.kind === "scalar" && typeof node.value === "string" ? node.value : undefined;
}

function describeKey({ parentSchema }: SchemaError, key: string): string {
  const properties: Readonly<Record<string, unknown>> = Object(parentSchema?.["properties"]);
  const description: unknown = Object(properties[key]).description;
  const text = typeof description === "string" ? lowerFirst(description) : "it is required";
  return `write \`${key}:\`; ${text}`;
}

function lowerFirst(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1).replace(/\.$/, "");
}

function named({ name, isItem }: FoundNode): string {
  if (name === undefined) return "the file";
  return isItem ? `an item of ${quoteText(name)}` : quoteText(name);
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
  return [names.slice(0, -1).join(", "), ...names.slice(-1)].filter(Boolean).join(" or ");
}

function kindOf(node: PolicyNode): string {
  if (node.kind !== "scalar") return node.kind === "map" ? "a map" : "a list";
  if (node.value === null) return "empty";
  if (typeof node.value === "string") return "a text";
  return typeof node.value === "boolean" ? `\`${node.value}\`` : "a number";
}
