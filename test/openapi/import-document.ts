import type { SourceText } from "../../generator/diagnostics/diagnostic.js";
import { importOpenapi } from "../../generator/import/openapi/import-openapi.js";
import type { ImportReport } from "../../generator/import/openapi/import-openapi.js";
import type { ImportRequest, ImportedFile } from "../../generator/import/openapi/import-request.js";
import { formatDiagnostics } from "../../generator/diagnostics/report.js";
import { readDocument } from "../../generator/import/openapi/1-read/read-document.js";

export interface Imported {
  readonly files: readonly ImportedFile[];
  readonly report: ImportReport;
  /** The policy files as they are afterwards. */
  readonly policies: readonly SourceText[];
  readonly stamp: SourceText;
}

export interface Before {
  readonly policies?: readonly SourceText[];
  readonly stamp?: SourceText;
}

type Options = Partial<Pick<ImportRequest, "name" | "hasServerPrefix" | "unsaid">>;

/** Imports a document, given as a value or as text, on top of what is there. */
export function importDocument(
  document: unknown,
  { policies = [], stamp }: Before = {},
  options: Options = {},
): Imported {
  const result = tryImport(
    document,
    { policies, ...(stamp === undefined ? {} : { stamp }) },
    options,
  );
  if (!result.ok) throw new Error(formatDiagnostics(result.diagnostics, policies, "text"));
  const texts = new Map(policies.map(({ path, text }) => [path, text]));
  const stamps = new Map(stamp === undefined ? [] : [[stamp.path, stamp.text]]);
  for (const { path, text } of result.files) {
    const target = path.endsWith(".json") ? stamps : texts;
    if (text === undefined) target.delete(path);
    else target.set(path, text);
  }
  const listed = [...texts].map(([path, text]) => ({ path, text }));
  const [left] = [...stamps].map(([path, text]) => ({ path, text }));
  if (left === undefined) throw new Error("the import left no stamp");
  return { files: result.files, report: result.report, policies: listed, stamp: left };
}

export function tryImport(document: unknown, before: Before = {}, options: Options = {}) {
  const text = typeof document === "string" ? document : JSON.stringify(document);
  const read = readDocument({ path: "openapi.json", text });
  if (!read.ok) return { ok: false as const, diagnostics: [read.diagnostic] };
  return importOpenapi({
    document: { path: "openapi.json", content: read.document },
    name: "api",
    folder: "policies",
    policies: before.policies ?? [],
    stamp: before.stamp,
    hasServerPrefix: true,
    unsaid: undefined,
    ...options,
  });
}
