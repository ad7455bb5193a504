import { randomUUID } from "node:crypto";
import { lstat, mkdir, open, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { HEADER_START } from "./5-emit/header.js";
import type { GeneratedFile } from "./5-emit/emit-files.js";
import type { Diagnostic } from "./diagnostics/diagnostic.js";
import { digestOf } from "./digest.js";
import { shownPath } from "./shown-path.js";

export type OutputState = "unchanged" | "changed" | "missing" | "left-over";

export interface OutputFile {
  /** As diagnostics print it. */
  readonly file: string;
  readonly path: string;
  readonly state: OutputState;
  /** What belongs there; empty for a file that is left over, or known by its digest alone. */
  readonly text: string;
}

/** A file that belongs into the output folder: its text, or the digest of it. */
export type ExpectedFile = GeneratedFile | { readonly path: string; readonly digest: string };

/** How an output folder differs from what belongs there. */
export interface OutputComparison {
  /** Sorted by name. */
  readonly files: readonly OutputFile[];
  /** Why nothing may be written; empty where all is well. */
  readonly refusals: readonly Diagnostic[];
}

/**
 * Compares an output folder with the files that belong there, and writes nothing. A file is left over
 * where it carries our header and has no part in the output; what others wrote beside ours is theirs.
 */
export async function compareOutput(
  folder: string,
  generated: readonly ExpectedFile[],
): Promise<OutputComparison> {
  const root = resolve(folder);
  try {
    const refusal = await refuseFolder(root);
    if (refusal !== undefined) return { files: [], refusals: [refusal] };
    const found = await Promise.all(generated.map((file) => compareFile(root, file)));
    const names = new Set(generated.map(({ path }) => path));
    const leftOver = await findLeftOver(root, names);
    const files = [...found.filter((file) => "state" in file), ...leftOver];
    return {
      files: files.toSorted((a, b) => (a.file < b.file ? -1 : 1)),
      refusals: found.filter((file) => "code" in file),
    };
  } catch (error) {
    return { files: [], refusals: [failure(root, error)] };
  }
}

/**
 * Writes what differs: every file whole under another name first, then each renamed to its own, so that
 * a reader meets an old file or a new one. Removes what is left over. Returns why that failed, if it did.
 */
export async function writeOutput(
  folder: string,
  files: readonly OutputFile[],
): Promise<readonly Diagnostic[]> {
  const root = resolve(folder);
  const written = files
    .filter(({ state }) => state === "changed" || state === "missing")
    .map((file) => ({ ...file, draft: join(root, `.gatewright-${randomUUID()}.tmp`) }));
  try {
    await mkdir(root, { recursive: true });
    for (const { draft, text } of written) await writeFile(draft, text, { flag: "wx" });
    for (const { draft, path } of written) await rename(draft, path);
    for (const { path, state } of files) if (state === "left-over") await rm(path);
    return [];
  } catch (error) {
    await Promise.allSettled(written.map(({ draft }) => rm(draft, { force: true })));
    return [failure(root, error)];
  }
}

/** A file that differs from what belongs there, as a diagnostic about that file. */
export function driftOf({ file, state }: OutputFile, help: string): Diagnostic | undefined {
  const message = driftMessages[state];
  if (message === undefined) return undefined;
  return refuse(`output-${state}`, file, message, help);
}

const driftMessages: Readonly<Partial<Record<OutputState, string>>> = {
  changed: "the file is not what the policy compiles to",
  missing: "the file is missing",
  "left-over": "the file is left over: the policy no longer compiles to it",
};

/**
 * Below the working directory no link may lead the output elsewhere; above it, links are the machine's
 * own business, and of a folder elsewhere only the last step is looked at.
 */
async function refuseFolder(root: string): Promise<Diagnostic | undefined> {
  const way = relative(process.cwd(), root).split(sep);
  const isBelow = way[0] !== ".." && !way[0]?.endsWith(":");
  let path = isBelow ? process.cwd() : dirname(root);
  for (const step of isBelow ? way : [basename(root)]) {
    path = join(path, step);
    const entry = await statOf(path);
    if (entry === undefined) return undefined;
    if (entry.isSymbolicLink()) return refuseLink(path);
    if (!entry.isDirectory()) {
      const help = "name another folder with `--out`";
      return refuse("output-not-folder", shownPath(path), "this is not a folder", help);
    }
  }
  return undefined;
}

async function compareFile(root: string, expected: ExpectedFile): Promise<OutputFile | Diagnostic> {
  const path = join(root, expected.path);
  const text = "text" in expected ? expected.text : "";
  const file = shownPath(path);
  const entry = await statOf(path);
  if (entry === undefined) return { file, path, text, state: "missing" };
  if (entry.isSymbolicLink()) return refuseLink(path);
  const found = entry.isFile() ? await readFile(path) : Buffer.alloc(0);
  if (!isOurs(found.toString("utf8", 0, START_BYTES))) {
    const message = "this stands where a generated file goes, and gatewright did not write it";
    return refuse("output-not-ours", file, message, "move it away, or name another `--out` folder");
  }
  // Version control may have changed the line ends.
  const plain = found.includes("\r\n") ? found.toString().replaceAll("\r\n", "\n") : found;
  const isSame =
    "digest" in expected ? digestOf(plain) === expected.digest : plain.toString() === text;
  return { file, path, text, state: isSame ? "unchanged" : "changed" };
}

/** Only files beside ours: a folder below may belong to anybody. */
async function findLeftOver(
  root: string,
  names: ReadonlySet<string>,
): Promise<readonly OutputFile[]> {
  if ((await statOf(root)) === undefined) return [];
  const leftOver: OutputFile[] = [];
  for (const entry of await readdir(root, { withFileTypes: true })) {
    const path = join(root, entry.name);
    if (names.has(entry.name) || !entry.isFile() || !isOurs(await startOf(path))) continue;
    leftOver.push({ file: shownPath(path), path, text: "", state: "left-over" });
  }
  return leftOver;
}

/** A merge that failed puts its marker before our header, and an editor may put a byte order mark there. */
function isOurs(text: string): boolean {
  return text.replace(/^\ufeff?(?:<{7}[^\n]*\n)?/, "").startsWith(HEADER_START);
}

/** Enough to hold the header behind a marker. */
const START_BYTES = 1024;

async function startOf(path: string): Promise<string> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(START_BYTES), 0, START_BYTES, 0);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function statOf(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

function refuseLink(path: string): Diagnostic {
  const help = "put a folder or file of its own there, or name another folder with `--out`";
  return refuse("output-symlink", shownPath(path), "a symbolic link is not followed", help);
}

function failure(root: string, error: unknown): Diagnostic {
  const reason = error instanceof Error && "code" in error ? String(error.code) : undefined;
  if (reason === undefined) throw error;
  const help = "check who may write there, and that the disk is not full";
  const message = `the output folder cannot be read or written (${reason})`;
  return refuse("output-unwritable", shownPath(root), message, help);
}

function refuse(code: string, file: string, message: string, help: string): Diagnostic {
  return { code, severity: "error", message, at: { file, start: 0, end: 0 }, help };
}
