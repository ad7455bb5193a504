import { analyse } from "./analyse.js";
import type { Analysis } from "./analyse.js";
import type { SourceText } from "./diagnostics/diagnostic.js";
import { keepIndependent } from "./keep-independent.js";
import { parsePolicy } from "./1-load/parse-policy.js";
import type { ParsePolicy } from "./read-documents.js";
import { readPolicies } from "./read-policies.js";
import type { ReadPolicies } from "./read-policies.js";

export interface FolderAnalysis extends Analysis {
  readonly sources: readonly SourceText[];
}

/** Reads and analyses a policy folder. */
export async function analyseFolder(folder: string): Promise<FolderAnalysis> {
  return analyseRead(await readPolicies(folder), parsePolicy);
}

/** Analyses a folder that is read. A policy of which a part cannot be read has no meaning. */
export function analyseRead(
  { sources, diagnostics }: ReadPolicies,
  parse: ParsePolicy,
): FolderAnalysis {
  const unread = { sources, model: undefined, snapshot: undefined };
  if (sources.length === 0) return { ...unread, diagnostics };
  const analysis = analyse(sources, parse);
  if (diagnostics.length === 0) return { sources, ...analysis };
  // A warning may be about what stands in the missing part.
  const errors = analysis.diagnostics.filter(({ severity }) => severity === "error");
  return { ...unread, diagnostics: [...diagnostics, ...keepIndependent(errors, diagnostics)] };
}
