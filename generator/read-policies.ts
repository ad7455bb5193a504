import { lstat, readFile, readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { MAX_FILE_LENGTH } from "./1-load/check-size.js";
import type { Diagnostic, SourceText } from "./diagnostics/diagnostic.js";
import { shownPath } from "./shown-path.js";

/** What a policy folder holds, and what of it could not be read. */
export interface ReadPolicies {
  /** Sorted by path. */
  readonly sources: readonly SourceText[];
  readonly diagnostics: readonly Diagnostic[];
}

const MAX_FILES = 10_000;
/** UTF-8 takes at most four bytes for a character; the exact limit is checked on the text. */
const MAX_BYTES = MAX_FILE_LENGTH * 4;

/**
 * Reads every `*.yaml` and `*.yml` below a folder, sorted by path. Symbolic links are refused, so that
 * a policy is what the folder holds. What cannot be read is a diagnostic, never an exception.
 */
export async function readPolicies(folder: string): Promise<ReadPolicies> {
  const sources: SourceText[] = [];
  const diagnostics: Diagnostic[] = [];
  const report = (code: string, path: string, message: string, help: string) => {
    const at = { file: shownPath(path), start: 0, end: 0 };
    diagnostics.push({ code, severity: "error", message, at, help });
  };
  // A trailing slash would make the system follow a link.
  const root = resolve(folder);
  await visit(root);
  if (sources.length === 0 && diagnostics.length === 0) {
    const help = "write a file like `access.yaml` that begins with `gatewright: 1`";
    report("no-policy", root, "the folder holds no policy file", help);
  }
  return {
    sources: sources.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    diagnostics,
  };

  async function visit(path: string): Promise<void> {
    if (sources.length > MAX_FILES) return;
    try {
      const entry = await lstat(path);
      if (entry.isSymbolicLink()) {
        const help = "put the file itself into the folder";
        report("policy-symlink", path, "a symbolic link is not followed", help);
      } else if (entry.isDirectory()) {
        for (const name of (await readdir(path)).toSorted()) await visit(join(path, name));
      } else if (path === root) {
        report("no-policy", path, "this is not a folder", "name the folder of the policy files");
      } else if (/\.ya?ml$/i.test(path)) {
        // Reading a pipe or a device may never end.
        if (entry.isFile()) await read(path, entry.size);
        else report("policy-unreadable", path, "this is not a file", "put a file in its place");
      }
    } catch (error) {
      const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown";
      if (path === root && reason === "ENOENT") {
        const help = "run this in the folder that holds it, or name it with `--policies`";
        report("no-policy", path, "there is no such folder", help);
        return;
      }
      const code = path === root ? "no-policy" : "policy-unreadable";
      const help = "name the folder with `--policies`, or check who may read it";
      report(code, path, `this cannot be read (${reason})`, help);
    }
  }

  async function read(path: string, size: number): Promise<void> {
    if (sources.length >= MAX_FILES) {
      const message = `the folder holds more than ${MAX_FILES} policy files`;
      report("too-many-files", root, message, "join some of them");
    }
    if (size > MAX_BYTES) {
      const message = `the file has more than ${MAX_BYTES} bytes`;
      report("yaml-size", path, message, "spread the policy over several files");
      return;
    }
    const bytes = await readFile(path);
    try {
      const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
      sources.push({ path: shownPath(path), text });
    } catch {
      report("policy-encoding", path, "the file is not UTF-8", "save it as UTF-8");
    }
  }
}
