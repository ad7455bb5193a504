import type { SerializedSnapshot } from "@gatewright/runtime/abi";
import { parsePolicy } from "./1-load/parse-policy.js";
import { buildModel } from "./3-model/build-model.js";
import type { PolicyModel } from "./3-model/policy-model.js";
import { lintModel } from "./4-lint/lint-model.js";
import { buildSnapshot } from "./5-emit/build-snapshot.js";
import type { Diagnostic, SourceText } from "./diagnostics/diagnostic.js";
import { sortDiagnostics } from "./diagnostics/sort.js";
import { keepIndependent } from "./keep-independent.js";
import { readDocuments } from "./read-documents.js";
import type { ParsePolicy } from "./read-documents.js";

/** What a policy means; the model and the snapshot are there only without errors. */
export interface Analysis {
  /** All errors and warnings, sorted by file and place. */
  readonly diagnostics: readonly Diagnostic[];
  readonly model: PolicyModel | undefined;
  readonly snapshot: SerializedSnapshot | undefined;
}

/**
 * Everything of {@link compile} but the printing of files, which alone needs ts-morph: what only asks
 * the policy starts in half the time. `parse` is for who keeps what parsing a text gave.
 */
export function analyse(
  sources: readonly SourceText[],
  parse: ParsePolicy = parsePolicy,
): Analysis {
  const { documents, mistakes } = readDocuments(sources, parse);
  const { model, diagnostics } = buildModel(documents);
  const found = [...mistakes, ...keepIndependent(diagnostics, mistakes, documents)];
  if (found.length > 0 || model === undefined) return failed(found);

  const findings = sortDiagnostics(lintModel(model));
  if (findings.some(({ severity }) => severity === "error")) return failed(findings);

  return { diagnostics: findings, model, snapshot: buildSnapshot(model) };
}

function failed(mistakes: readonly Diagnostic[]): Analysis {
  return { diagnostics: sortDiagnostics(mistakes), model: undefined, snapshot: undefined };
}
