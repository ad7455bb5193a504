import { compareText } from "../../../3-model/sort-names.js";
import type { Diagnostic, SourceText } from "../../../diagnostics/diagnostic.js";
import { entriesIn, isMap, itemsIn, textIn, valueIn } from "../1-read/plain-value.js";
import type { ImportFacts, ResourceFacts, RoleFacts, RouteFacts } from "./import-facts.js";

/** What the last import of a document said; it stands beside the files that it wrote. */
export interface ImportStamp extends ImportFacts {
  /** The document's file, as the import named it. */
  readonly document: string;
  /** Sections that an import wrote once, and that are people's from then on. */
  readonly settings: readonly string[];
  /** Resources that an import wrote, and that stay in the policy though the document has them no more. */
  readonly kept: readonly string[];
  /** Roles of the document that the policy has for itself. */
  readonly foreign: readonly string[];
}

const FORMAT = 1;

/** Before the first import. */
export const noStamp: ImportStamp = {
  document: "",
  settings: [],
  kept: [],
  foreign: [],
  routes: new Map(),
  resources: new Map(),
  roles: new Map(),
};

/** One line for each fact, sorted, so that a review sees what the document changed. */
export function printStamp(stamp: ImportStamp): string {
  const { document, settings, kept, foreign, routes, resources, roles } = stamp;
  const lines = [
    `  "about": "What \`gatewright import openapi\` said last. Commit it: by it the next import tells your edits from its own.",`,
    `  "format": ${FORMAT},`,
    `  "document": ${JSON.stringify(document)},`,
    `  "settings": ${JSON.stringify(settings)},`,
    `  "kept": ${JSON.stringify(kept)},`,
    `  "foreign": ${JSON.stringify(foreign)},`,
    `  "routes": ${printMap(routes, printFields)},`,
    `  "resources": ${printMap(resources, printFields)},`,
    `  "roles": ${printMap(roles, printFields)}`,
  ];
  return `{\n${lines.join("\n")}\n}\n`;
}

/** What is empty is left out. */
function printFields(facts: RouteFacts | ResourceFacts | RoleFacts): string {
  const filled = Object.entries(facts).filter(([, value]) => value !== false && value.length > 0);
  return JSON.stringify(Object.fromEntries(filled));
}

function printMap<Facts>(
  facts: ReadonlyMap<string, Facts>,
  print: (facts: Facts) => string,
): string {
  const lines = [...facts]
    .toSorted(([a], [b]) => compareText(a, b))
    .map(([key, value]) => `    ${JSON.stringify(key)}: ${print(value)}`);
  return lines.length === 0 ? "{}" : `{\n${lines.join(",\n")}\n  }`;
}

export type ReadStamp =
  | { readonly ok: true; readonly stamp: ImportStamp }
  | { readonly ok: false; readonly diagnostic: Diagnostic };

export function readStamp(source: SourceText): ReadStamp {
  const value = parse(source.text);
  const sections = ["routes", "resources", "roles"].map((name) => valueIn(value, name));
  if (valueIn(value, "format") !== FORMAT || !sections.every(isMap)) {
    return {
      ok: false,
      diagnostic: {
        code: "openapi-stamp",
        severity: "error",
        message: "this is not what an import of this version wrote",
        at: { file: source.path, start: 0, end: 0 },
        help: "bring the file back from version control; to start over, remove it and the files beside it",
      },
    };
  }
  return {
    ok: true,
    stamp: {
      document: textIn(value, "document") ?? "",
      settings: namesIn(value, "settings"),
      kept: namesIn(value, "kept"),
      foreign: namesIn(value, "foreign"),
      routes: readMap(valueIn(value, "routes"), readRoute),
      resources: readMap(valueIn(value, "resources"), readResource),
      roles: readMap(valueIn(value, "roles"), readRole),
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readMap<Facts>(
  value: unknown,
  read: (value: unknown) => Facts,
): ReadonlyMap<string, Facts> {
  return new Map(entriesIn(value).map(([key, facts]) => [key, read(facts)]));
}

function readRoute(value: unknown): RouteFacts {
  const text = (name: string) => textIn(value, name) ?? "";
  return {
    id: text("id"),
    need: text("need"),
    catchAll: text("catchAll"),
    fallThrough: text("fallThrough"),
    slashes: text("slashes"),
    comment: text("comment"),
  };
}

function readResource(value: unknown): ResourceFacts {
  return {
    description: textIn(value, "description") ?? "",
    actions: namesIn(value, "actions"),
    isExtended: false,
  };
}

function readRole(value: unknown): RoleFacts {
  return {
    description: textIn(value, "description") ?? "",
    inherits: namesIn(value, "inherits"),
    grants: namesIn(value, "grants"),
    denies: [],
  };
}

function namesIn(value: unknown, name: string): readonly string[] {
  return itemsIn(value, name).flatMap((item) => (typeof item === "string" ? item : []));
}
