import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { readCached, writeCached } from "./cache-folder.js";
import { compilerState } from "./compiler-state.js";
import type { Diagnostic, SourceText } from "./diagnostics/diagnostic.js";
import { digestOf } from "./digest.js";
import type { GeneratedFile } from "./5-emit/emit-files.js";
import { shownPath } from "./shown-path.js";

/** The two folders of a build. */
export interface Folders {
  readonly policies: string;
  readonly out: string;
}

/** What a build found and wrote, as long as neither the policy nor gatewright has changed since. */
export interface Stamp {
  readonly files: readonly StampedFile[];
  /** Warnings: a policy with an error leaves no stamp. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface StampedFile {
  /** Name below the output folder. */
  readonly path: string;
  /** Of the text, see {@link digestOf}. */
  readonly digest: string;
}

/**
 * The stamp of the last build of these folders, if that build read the same texts. What the output
 * folder holds is for the caller to compare. Whoever can write the cache can forge a stamp, and could
 * change the policy as well; everything else that does not fit is as if there were none.
 */
export async function readStamp(
  folders: Folders,
  sources: readonly SourceText[],
): Promise<Stamp | undefined> {
  const text = await readCached(nameOf(folders));
  if (text === undefined) return undefined;
  const value = parse(text);
  if (!isStamp(value)) return undefined;
  return value.seal === sealOf(folders, sources, value) ? value : undefined;
}

/** Remembers a build that wrote its files, for the next `build` and `check` of the same folders. */
export async function writeStamp(
  folders: Folders,
  build: {
    readonly sources: readonly SourceText[];
    readonly files: readonly GeneratedFile[];
    readonly diagnostics: readonly Diagnostic[];
  },
): Promise<void> {
  const files = build.files.map(({ path, text }) => ({ path, digest: digestOf(text) }));
  const stamp = { files, diagnostics: build.diagnostics };
  const seal = sealOf(folders, build.sources, stamp);
  await writeCached(nameOf(folders), `${JSON.stringify({ seal, ...stamp })}\n`);
}

function nameOf({ policies, out }: Folders): string {
  const folders = JSON.stringify([policies, out].map((folder) => shownPath(resolve(folder))));
  return `stamp-${digestOf(folders).slice(0, 16)}.json`;
}

/** Texts count with their line ends, since the places of warnings do. */
function sealOf(
  { policies, out }: Folders,
  sources: readonly SourceText[],
  { files, diagnostics }: Stamp,
): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([compilerState(), resolve(policies), resolve(out)]));
  for (const { path, text } of sources) hash.update(JSON.stringify([path, text]));
  hash.update(JSON.stringify([files, diagnostics]));
  return hash.digest("hex");
}

interface SealedStamp extends Stamp {
  readonly seal: string;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isStamp(value: unknown): value is SealedStamp {
  if (!isRecord(value)) return false;
  const { seal, files, diagnostics } = value;
  return (
    typeof seal === "string" &&
    Array.isArray(files) &&
    files.length > 0 &&
    files.every(isStampedFile) &&
    Array.isArray(diagnostics) &&
    diagnostics.every(isWarning)
  );
}

/** A name that leads out of the output folder is none of ours. */
function isStampedFile(value: unknown): value is StampedFile {
  if (!isRecord(value)) return false;
  const { path, digest } = value;
  return typeof path === "string" && /^[a-z-]+\.ts$/.test(path) && typeof digest === "string";
}

function isWarning(value: unknown): value is Diagnostic {
  if (!isRecord(value)) return false;
  const { code, severity, message, at, help, related = [] } = value;
  return (
    typeof code === "string" &&
    severity === "warning" &&
    typeof message === "string" &&
    (help === undefined || typeof help === "string") &&
    isSpan(at) &&
    Array.isArray(related) &&
    related.every(
      (place: unknown) =>
        isRecord(place) && typeof place["message"] === "string" && isSpan(place["at"]),
    )
  );
}

function isSpan(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { file, start, end } = value;
  return typeof file === "string" && Number.isInteger(start) && Number.isInteger(end);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
