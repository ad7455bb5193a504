import { isMap, itemsIn, textIn, valueIn } from "./plain-value.js";
import type { PlainMap } from "./plain-value.js";
import { resolveReference } from "./resolve-reference.js";

/** Extensions that say of a path parameter that its value spans segments. */
const multiSegmentExtensions = ["x-multi-segment", "x-ms-skip-url-encoding"];

/** Formats of values that hold slashes (JSON Schema, section 7.3). */
const slashedFormats: ReadonlySet<string> = new Set([
  "uri",
  "uri-reference",
  "iri",
  "iri-reference",
]);

/**
 * Why a path parameter's value may hold a slash, for a comment; undefined where nothing says so.
 * `spelling` is what stands between the braces: `{+path}` and `{proxy+}` span segments by themselves.
 */
export function findSlash(
  document: PlainMap,
  parameter: PlainMap | undefined,
  spelling: string,
): string | undefined {
  if (/^[+*]|[+*]$/.test(spelling)) return `it is written \`{${spelling}}\``;
  if (parameter === undefined) return undefined;
  for (const extension of multiSegmentExtensions) {
    if (valueIn(parameter, extension) === true) return `it says \`${extension}\``;
  }
  if (valueIn(parameter, "allowReserved") === true) return "it says `allowReserved`";
  if (examplesOf(document, parameter).some(hasSlash)) return "its example holds one";
  const { ok, value: schema } = {
    value: undefined,
    ...resolveReference(document, valueIn(parameter, "schema")),
  };
  if (!ok || !isMap(schema)) return undefined;
  if ([valueIn(schema, "example"), ...itemsIn(schema, "examples")].some(hasSlash)) {
    return "its example holds one";
  }
  if (hasSlash(valueIn(schema, "default"))) return "its default holds one";
  if ([valueIn(schema, "const"), ...itemsIn(schema, "enum")].some(hasSlash)) {
    return "a value that it may have holds one";
  }
  if (slashedFormats.has(textIn(schema, "format") ?? "")) return "its format is a URI";
  if (patternNamesSlash(textIn(schema, "pattern"))) return "its pattern holds one";
  return undefined;
}

function examplesOf(document: PlainMap, parameter: PlainMap): readonly unknown[] {
  const named = valueIn(parameter, "examples");
  const values = Object.values(isMap(named) ? named : {}).map((example) => {
    const resolved = resolveReference(document, example);
    return resolved.ok ? valueIn(resolved.value, "value") : undefined;
  });
  return [valueIn(parameter, "example"), ...values];
}

function hasSlash(value: unknown): boolean {
  return typeof value === "string" && value.includes("/");
}

/** Whether a pattern names a slash other than to exclude it. The pattern is the document's: it is not run. */
function patternNamesSlash(pattern: string | undefined): boolean {
  return pattern !== undefined && pattern.replace(/\[\^[^\]]*\]/g, "").includes("/");
}
