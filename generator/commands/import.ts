import { mkdir, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { dirname, relative, sep } from "node:path";
import { parseArgs } from "node:util";
import type { Diagnostic, SourceText } from "../diagnostics/diagnostic.js";
import { listDiagnostics } from "../diagnostics/report-json.js";
import { formatDiagnostics } from "../diagnostics/report.js";
import { readDocument } from "../import/openapi/1-read/read-document.js";
import { unsaidAccesses } from "../import/openapi/2-plan/fill-needs.js";
import type { UnsaidAccess } from "../import/openapi/2-plan/fill-needs.js";
import { readStamp } from "../import/openapi/3-merge/import-stamp.js";
import { defaultName, isImportName } from "../import/openapi/default-name.js";
import { importOpenapi } from "../import/openapi/import-openapi.js";
import type { ImportResult } from "../import/openapi/import-openapi.js";
import { importPaths } from "../import/openapi/import-request.js";
import type { ImportedFile } from "../import/openapi/import-request.js";
import { reportImport } from "../import/openapi/report-import.js";
import { readPolicies } from "../read-policies.js";

/** Where a command writes; the process's own streams, or a test's. */
export interface CommandOutput {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/** Registered as `import`. */
export const importCommand = {
  name: "import",
  summary: "turn an OpenAPI document into a policy, or merge its changes into one",
  usage: [
    "gatewright import openapi FILE [options]",
    "",
    "  FILE                  an OpenAPI 3.0 or 3.1 document, JSON or YAML",
    "  --policies DIR        the policy folder (default: policies)",
    "  --name NAME           names the import's files (default: by the document's title)",
    "  --no-server-prefix    leave out the path of the document's first server",
    "  --unsaid ACCESS       what no word on security means: `public`, or `roles` of each resource",
    "                        (default: public where the document speaks of security elsewhere)",
    "  --dry-run             say what would change, and write nothing",
    "  --json                print the report as JSON",
    "",
    "exit code: 0 done, 1 a conflict or a mistake that needs you, 2 wrong usage",
  ].join("\n"),
  run: runImport,
};

/** Runs `gatewright import` with the arguments behind it; answers the exit code. */
export async function runImport(
  args: readonly string[],
  output: CommandOutput,
): Promise<0 | 1 | 2> {
  const options = readOptions(args);
  if ("problem" in options) {
    output.stderr(`gatewright import: ${options.problem}\n\n${importCommand.usage}\n`);
    return 2;
  }
  const { file, isJson, isDryRun } = options;
  const folder = shown(options.folder);
  const policies = await readPolicies(options.folder);
  // An import may be what begins a policy.
  const unread = policies.diagnostics.filter(({ code }) => code !== "no-policy");
  const source = await readText(file, { isOptional: false });
  if ("diagnostic" in source) return fail([source.diagnostic, ...unread], []);
  if (unread.length > 0) return fail(unread, policies.sources);
  const read = readDocument(source);
  if (!read.ok) return fail([read.diagnostic], [source]);

  const document = { path: source.path, content: read.document };
  const name =
    options.name ?? (await findName(options.folder, source.path)) ?? defaultName(document.content);
  const stamp = await readText(importPaths(options.folder, name).stamp, { isOptional: true });
  if (stamp !== undefined && "diagnostic" in stamp) return fail([stamp.diagnostic], []);
  const { hasServerPrefix, unsaid } = options;
  const request = { document, name, folder, policies: policies.sources, stamp };
  const result = importOpenapi({ ...request, hasServerPrefix, unsaid });
  if (!result.ok) return fail(result.diagnostics, [source, ...policies.sources]);
  const { files, report } = result;
  if (!isDryRun) await writeFiles(files);
  output.stdout(isJson ? printJson(result, isDryRun) : reportImport({ report, files, isDryRun }));
  return report.conflicts.length + report.policyErrors.length > 0 ? 1 : 0;

  function fail(diagnostics: readonly Diagnostic[], sources: readonly SourceText[]): 1 {
    const text = `${formatDiagnostics(diagnostics, sources, isJson ? "json" : "text")}\n`;
    if (isJson) output.stdout(text);
    else output.stderr(text);
    return 1;
  }
}

interface Options {
  readonly file: string;
  readonly folder: string;
  readonly name: string | undefined;
  readonly hasServerPrefix: boolean;
  readonly unsaid: UnsaidAccess | undefined;
  readonly isDryRun: boolean;
  readonly isJson: boolean;
}

function readOptions(args: readonly string[]): Options | { readonly problem: string } {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        policies: { type: "string", default: "policies" },
        name: { type: "string" },
        "no-server-prefix": { type: "boolean", default: false },
        unsaid: { type: "string" },
        "dry-run": { type: "boolean", default: false },
        json: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
  const { values, positionals } = parsed;
  const [kind, file, ...others] = positionals;
  if (kind !== "openapi" || file === undefined || others.length > 0) {
    return { problem: "say `openapi` and the file of one document" };
  }
  if (values.name !== undefined && !isImportName(values.name)) {
    return { problem: "a name is a letter, then up to 49 letters, digits, `_` or `-`" };
  }
  const unsaid = unsaidAccesses.find((access) => access === values.unsaid);
  if (values.unsaid !== undefined && unsaid === undefined) {
    return { problem: `\`--unsaid\` is one of ${unsaidAccesses.join(", ")}` };
  }
  return {
    file,
    folder: values.policies,
    name: values.name,
    hasServerPrefix: !values["no-server-prefix"],
    unsaid,
    isDryRun: values["dry-run"],
    isJson: values.json,
  };
}

/** UTF-8 takes at most four bytes for a character; the limits on characters are exact. */
const MAX_BYTES = 512 * 1024 * 1024;

type ReadText = SourceText | { readonly diagnostic: Diagnostic };

async function readText(path: string, options: { readonly isOptional: false }): Promise<ReadText>;
async function readText(
  path: string,
  options: { readonly isOptional: true },
): Promise<ReadText | undefined>;
async function readText(
  path: string,
  { isOptional }: { readonly isOptional: boolean },
): Promise<ReadText | undefined> {
  try {
    const { size } = await stat(path);
    if (size > MAX_BYTES) return unreadable(path, `it has more than ${MAX_BYTES} bytes`);
    const bytes = await readFile(path);
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return { path: shown(path), text };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    if (isOptional && code === "ENOENT") return undefined;
    return unreadable(
      path,
      code === "ERR_ENCODING_INVALID_ENCODED_DATA" ? "it is not UTF-8" : code,
    );
  }
}

function unreadable(path: string, reason: string): { readonly diagnostic: Diagnostic } {
  return {
    diagnostic: {
      code: "openapi-unreadable",
      severity: "error",
      message: `the file cannot be read (${reason})`,
      at: { file: shown(path), start: 0, end: 0 },
      help: "name the file of an OpenAPI document, and check who may read it",
    },
  };
}

/** The import that read this file the last time keeps its name, whatever the document is called now. */
async function findName(folder: string, document: string): Promise<string | undefined> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  for (const name of names.filter(isImportName).toSorted()) {
    const source = await readText(importPaths(folder, name).stamp, { isOptional: true });
    if (source === undefined || "diagnostic" in source) continue;
    const stamp = readStamp(source);
    if (stamp.ok && stamp.stamp.document === document) return name;
  }
  return undefined;
}

/** The stamp comes last: an import that breaks off is taken up by the next one. */
async function writeFiles(files: readonly ImportedFile[]): Promise<void> {
  for (const { path, text } of files) {
    if (text === undefined) {
      await rm(path);
      continue;
    }
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}

function printJson(result: ImportResult & { readonly ok: true }, isDryRun: boolean): string {
  const { sources, policyErrors, ...report } = result.report;
  const files = result.files.map(({ path, text }) => ({ path, isRemoved: text === undefined }));
  const errors = listDiagnostics(policyErrors, sources);
  return `${JSON.stringify({ ...report, policyErrors: errors, files, isDryRun }, null, 2)}\n`;
}

/** Relative to the working directory and with forward slashes, as diagnostics print it. */
function shown(path: string): string {
  return relative(process.cwd(), path).split(sep).join("/") || ".";
}
