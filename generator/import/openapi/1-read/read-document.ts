import { isScalar, parseAllDocuments, visit } from "yaml";
import type { Document } from "yaml";
import { quoteText } from "../../../3-model/quote-text.js";
import type { Diagnostic, SourceText } from "../../../diagnostics/diagnostic.js";
import { isMap, textIn } from "./plain-value.js";
import type { PlainMap } from "./plain-value.js";

export type ReadDocument =
  | { readonly ok: true; readonly document: PlainMap }
  | { readonly ok: false; readonly diagnostic: Diagnostic };

/** In characters. The largest published descriptions with all references resolved have 80 million. */
const MAX_JSON_LENGTH = 128 * 1024 * 1024;
/** In characters. Parsing takes 0.4 s and 40 MB of memory for each million. */
const MAX_YAML_LENGTH = 32 * 1024 * 1024;
/** An alias may stand for a part that holds aliases: without a limit, a kilobyte means gigabytes. */
const MAX_ALIASES = 1000;

/** Parses an OpenAPI 3.0 or 3.1 document, JSON or YAML. Never throws. */
export function readDocument(source: SourceText): ReadDocument {
  const text = source.text.replace(/^\uFEFF/, "");
  const isJson = /^\s*\{/.test(text);
  const limit = isJson ? MAX_JSON_LENGTH : MAX_YAML_LENGTH;
  if (text.length > limit) {
    const message = `the document has more than ${limit} characters`;
    return refuse(source, { code: "openapi-size", message, help: "import it in parts" });
  }
  // YAML in flow style may begin with a brace too.
  const json = isJson ? parseJson(text) : undefined;
  if (json?.ok === true) return checkVersion(source, json.value);
  if (json !== undefined && text.length > MAX_YAML_LENGTH) {
    return refuse(source, { code: "openapi-syntax", message: json.message, help: notParsed });
  }
  const yaml = parseYaml(text);
  if (yaml.ok) return checkVersion(source, yaml.value);
  const { message, start } = yaml;
  return refuse(source, { code: "openapi-syntax", message, help: notParsed, start });
}

const notParsed = "name a file that holds an OpenAPI document as JSON or YAML";

type Parsed =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string; readonly start: number };

function parseJson(text: string): Parsed {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false, message: "the text is not JSON", start: 0 };
  }
}

function parseYaml(text: string): Parsed {
  try {
    const parsed = parseAllDocuments(text, {
      version: "1.2",
      schema: "core",
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: "silent",
    });
    const [first, second] = "empty" in parsed ? [] : parsed;
    if (first === undefined) return { ok: false, message: "the document is empty", start: 0 };
    if (second !== undefined) {
      const start = second.range?.[0] ?? 0;
      return { ok: false, message: "the file holds more than one YAML document", start };
    }
    const [error] = first.errors;
    if (error !== undefined) {
      const message = error.message.replace(/\.$/, "");
      return {
        ok: false,
        message: message[0]?.toLowerCase() + message.slice(1),
        start: error.pos[0],
      };
    }
    const twice = findDuplicateKey(first);
    if (twice !== undefined) return twice;
    return { ok: true, value: first.toJS({ maxAliasCount: MAX_ALIASES }) };
  } catch {
    // The parser recurses, and it throws on aliases that are too many or stand inside their anchor.
    const message = "the document nests too deeply, or its aliases stand for too much";
    return { ok: false, message, start: 0 };
  }
}

/** The parser's own search compares every key with every other. */
function findDuplicateKey(document: Document): Parsed | undefined {
  let found: Parsed | undefined;
  visit(document, {
    Map(_, map) {
      const names = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (names.has(key.value)) {
          const message = `the key ${quoteText(String(key.value))} stands twice in one map`;
          found = { ok: false, message, start: key.range?.[0] ?? 0 };
          return visit.BREAK;
        }
        names.add(key.value);
      }
      return undefined;
    },
  });
  return found;
}

function checkVersion(source: SourceText, value: unknown): ReadDocument {
  const version = textIn(value, "openapi");
  if (isMap(value) && version !== undefined && /^3\.[01](?:\.|$)/.test(version)) {
    return { ok: true, document: value };
  }
  const older = textIn(value, "swagger");
  const found = version ?? older;
  const message =
    found === undefined
      ? "the document does not say which version of OpenAPI it follows"
      : `the document follows version ${quoteText(found)} of ${older === undefined ? "OpenAPI" : "Swagger"}`;
  const help = "OpenAPI 3.0 and 3.1 are read: a converter like `swagger2openapi` brings it there";
  return refuse(source, { code: "openapi-version", message, help });
}

function refuse(
  source: SourceText,
  found: Pick<Diagnostic, "code" | "message"> & { readonly help: string; readonly start?: number },
): ReadDocument {
  const { start = 0, ...said } = found;
  const at = { file: source.path, start, end: Math.min(start + 1, source.text.length) };
  return { ok: false, diagnostic: { ...said, severity: "error", at } };
}
