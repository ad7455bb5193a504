import { analyseFolder } from "./analyse-folder.js";
import type { Diagnostic, SourceText } from "./diagnostics/diagnostic.js";
import { compareOutput } from "./output.js";
import type { OutputFile } from "./output.js";

export interface FolderComparison {
  readonly sources: readonly SourceText[];
  /** About the policy, and about an output folder that cannot be used. */
  readonly diagnostics: readonly Diagnostic[];
  /** Undefined where the policy does not compile. */
  readonly files: readonly OutputFile[] | undefined;
}

/** Compares what a policy folder compiles to with what the output folder holds; writes nothing. */
export async function compareFolders(folders: {
  readonly policies: string;
  readonly out: string;
}): Promise<FolderComparison> {
  const { model, snapshot, sources, diagnostics } = await analyseFolder(folders.policies);
  if (model === undefined || snapshot === undefined) {
    return { sources, diagnostics, files: undefined };
  }
  // Only printing needs ts-morph, which takes longer to load than everything else together.
  const { emitFiles } = await import("./5-emit/emit-files.js");
  const { files, refusals } = await compareOutput(folders.out, emitFiles(model, snapshot));
  return { sources, diagnostics: [...diagnostics, ...refusals], files };
}
