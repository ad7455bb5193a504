import type { Diagnostic, SourceText } from "./diagnostics/diagnostic.js";
import type { GeneratedFile } from "./5-emit/emit-files.js";
import { compareOutput } from "./output.js";
import type { OutputFile } from "./output.js";
import type { ParseCache } from "./parse-cache.js";
import { readPolicies } from "./read-policies.js";
import type { ReadPolicies } from "./read-policies.js";
import { readStamp } from "./stamp.js";
import type { Folders } from "./stamp.js";

export interface FolderComparison {
  readonly sources: readonly SourceText[];
  /** About the policy, and about an output folder that cannot be used. */
  readonly diagnostics: readonly Diagnostic[];
  /** Undefined where the policy does not compile. */
  readonly files: readonly OutputFile[] | undefined;
  /** What the policy compiles to; undefined where it does not, or where a stamp answered. */
  readonly generated: readonly GeneratedFile[] | undefined;
  /** Undefined where nothing was compiled, or where nothing but the policy was to be trusted. */
  readonly parsed: ParseCache | undefined;
}

/** Where an answer may come from: also from what an earlier build left, or from the policy alone. */
export type Trust = "cache" | "policy";

/** Compares what a policy folder compiles to with what the output folder holds; writes nothing. */
export async function compareFolders(folders: Folders, trust: Trust): Promise<FolderComparison> {
  const read = await readPolicies(folders.policies);
  const known = trust === "cache" ? await compareStamp(folders, read) : undefined;
  if (known !== undefined) return known;
  const { analyseRead } = await import("./analyse-folder.js");
  const { parsePolicy } = await import("./1-load/parse-policy.js");
  const { openParseCache } = await import("./parse-cache.js");
  const parsed = trust === "cache" ? await openParseCache(folders.policies) : undefined;
  const { model, snapshot, sources, diagnostics } = analyseRead(read, parsed?.parse ?? parsePolicy);
  if (model === undefined || snapshot === undefined) {
    return { sources, diagnostics, files: undefined, generated: undefined, parsed };
  }
  // Only printing needs ts-morph, which takes longer to load than everything else together.
  const { emitFiles } = await import("./5-emit/emit-files.js");
  const generated = emitFiles(model, snapshot);
  const { files, refusals } = await compareOutput(folders.out, generated);
  return { sources, diagnostics: [...diagnostics, ...refusals], files, generated, parsed };
}

/** Answers only where nothing has changed since the build that left the stamp. */
async function compareStamp(
  folders: Folders,
  { sources, diagnostics: unread }: ReadPolicies,
): Promise<FolderComparison | undefined> {
  if (unread.length > 0) return undefined;
  const stamp = await readStamp(folders, sources);
  if (stamp === undefined) return undefined;
  const { files, refusals } = await compareOutput(folders.out, stamp.files);
  if (refusals.length > 0 || files.some(({ state }) => state !== "unchanged")) return undefined;
  return {
    sources,
    diagnostics: stamp.diagnostics,
    files,
    generated: undefined,
    parsed: undefined,
  };
}
