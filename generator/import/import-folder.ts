import { readFile, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Diagnostic, SourceText } from "../diagnostics/diagnostic.js";
import { readPolicies } from "../read-policies.js";
import { shownPath } from "../shown-path.js";
import { readDocument } from "./openapi/1-read/read-document.js";
import type { UnsaidAccess } from "./openapi/2-plan/fill-needs.js";
import { readStamp } from "./openapi/3-merge/import-stamp.js";
import { defaultName, isImportName } from "./openapi/default-name.js";
import { importOpenapi } from "./openapi/import-openapi.js";
import type { ImportReport } from "./openapi/import-openapi.js";
import { importPaths } from "./openapi/import-request.js";
import type { ImportedFile } from "./openapi/import-request.js";
import { writeImport } from "./write-import.js";

export interface FolderImportOptions {
  /** The policy folder, which need not exist. */
  readonly policies: string;
  readonly name: string | undefined;
  readonly hasServerPrefix: boolean;
  readonly unsaid: UnsaidAccess | undefined;
  readonly isDryRun: boolean;
}

export interface FolderImport {
  /** Errors; with a report, that not everything could be written. */
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: readonly SourceText[];
  /** Undefined where nothing was written. */
  readonly report: ImportReport | undefined;
  readonly files: readonly ImportedFile[];
}

/** Imports the document of a file into a policy folder. What goes wrong is a diagnostic, never an exception. */
export async function importFolder(
  file: string,
  options: FolderImportOptions,
): Promise<FolderImport> {
  const policies = await readPolicies(options.policies);
  const unread = (await isOpen(options.policies))
    ? policies.diagnostics.filter(({ code }) => code !== "no-policy")
    : policies.diagnostics;
  const source = await readText(file);
  if (source === undefined) return failed([unreadable(file, "ENOENT"), ...unread], []);
  if ("diagnostic" in source) return failed([source.diagnostic, ...unread], []);
  if (unread.length > 0) return failed(unread, policies.sources);
  const read = readDocument(source);
  if (!read.ok) return failed([read.diagnostic], [source]);

  const document = { path: source.path, content: read.document };
  const name =
    options.name ?? (await findName(options.policies, source.path)) ?? defaultName(read.document);
  const stamp = await readText(importPaths(options.policies, name).stamp);
  if (stamp !== undefined && "diagnostic" in stamp) return failed([stamp.diagnostic], []);
  const { hasServerPrefix, unsaid } = options;
  const folder = shownPath(options.policies);
  const request = { document, name, folder, policies: policies.sources, stamp };
  const result = importOpenapi({ ...request, hasServerPrefix, unsaid });
  const texts = [source, ...policies.sources, ...(stamp === undefined ? [] : [stamp])];
  if (!result.ok) return failed(result.diagnostics, texts);
  const { files, report } = result;
  const diagnostics = options.isDryRun ? [] : await writeImport(files);
  return { diagnostics, sources: report.sources, report, files };
}

function failed(diagnostics: readonly Diagnostic[], sources: readonly SourceText[]): FolderImport {
  return { diagnostics, sources, report: undefined, files: [] };
}

/** An import may be what begins a policy: no folder, and one without a policy, will do. */
async function isOpen(folder: string): Promise<boolean> {
  try {
    await readdir(folder);
    return true;
  } catch (error) {
    return codeOf(error) === "ENOENT";
  }
}

/** The limits on characters are exact; a character has at most four bytes. */
const MAX_BYTES = 512 * 1024 * 1024;

/** Undefined where there is no such file. */
async function readText(
  path: string,
): Promise<SourceText | { readonly diagnostic: Diagnostic } | undefined> {
  try {
    const found = await stat(path);
    // Reading a pipe or a device may never end.
    if (!found.isFile()) return { diagnostic: unreadable(path, "it is no file") };
    if (found.size > MAX_BYTES) {
      return { diagnostic: unreadable(path, `it has more than ${MAX_BYTES} bytes`) };
    }
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await readFile(path));
    return { path: shownPath(path), text };
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT") return undefined;
    const isText = code !== "ERR_ENCODING_INVALID_ENCODED_DATA";
    return { diagnostic: unreadable(path, isText ? code : "it is not UTF-8") };
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown";
}

function unreadable(path: string, reason: string): Diagnostic {
  return {
    code: "openapi-unreadable",
    severity: "error",
    message: `the file cannot be read (${reason})`,
    at: { file: shownPath(path), start: 0, end: 0 },
    help: "name the file of an OpenAPI document, and check who may read it",
  };
}

/** The import that read this file the last time keeps its name, whatever the document is called now. */
async function findName(folder: string, document: string): Promise<string | undefined> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  for (const name of names.filter(isImportName).toSorted()) {
    const source = await readText(join(folder, name, "import.json"));
    if (source === undefined || "diagnostic" in source) continue;
    const stamp = readStamp(source);
    if (stamp.ok && stamp.stamp.document === document) return name;
  }
  return undefined;
}
