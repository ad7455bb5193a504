import { randomUUID } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Diagnostic } from "../diagnostics/diagnostic.js";
import type { ImportedFile } from "./openapi/import-request.js";

/**
 * Writes every file whole under another name first, then renames it. The stamp comes last: an import
 * that breaks off is taken up by the next one. Returns why that failed, if it did.
 */
export async function writeImport(files: readonly ImportedFile[]): Promise<readonly Diagnostic[]> {
  for (const { path, text } of files) {
    const draft = join(dirname(path), `.gatewright-${randomUUID()}.tmp`);
    try {
      if (text === undefined) {
        await rm(path);
        continue;
      }
      await mkdir(dirname(path), { recursive: true });
      await writeFile(draft, text, { flag: "wx" });
      await rename(draft, path);
    } catch (error) {
      await rm(draft, { force: true }).catch(() => {});
      return [unwritable(path, error)];
    }
  }
  return [];
}

function unwritable(file: string, error: unknown): Diagnostic {
  const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown";
  return {
    code: "openapi-unwritable",
    severity: "error",
    message: `the file cannot be written (${reason})`,
    at: { file, start: 0, end: 0 },
    help: "check who may write the policy folder, then import again: what is written stays",
  };
}
