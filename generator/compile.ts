import type { SerializedSnapshot } from "@gatewright/runtime/abi";
import { buildModel } from "./3-model/build-model.js";
import type { PolicyModel } from "./3-model/policy-model.js";
import { lintModel } from "./4-lint/lint-model.js";
import { buildSnapshot } from "./5-emit/build-snapshot.js";
import { emitFiles } from "./5-emit/emit-files.js";
import type { GeneratedFile } from "./5-emit/emit-files.js";
import type { Diagnostic, SourceText } from "./diagnostics/diagnostic.js";
import { sortDiagnostics } from "./diagnostics/sort.js";
import { keepIndependent } from "./keep-independent.js";
import { readDocuments } from "./read-documents.js";

/** What a policy compiles to; the files, the model and the snapshot are there only without errors. */
export interface Compilation {
  readonly files: readonly GeneratedFile[];
  /** All errors and warnings, sorted by file and place. */
  readonly diagnostics: readonly Diagnostic[];
  readonly model: PolicyModel | undefined;
  readonly snapshot: SerializedSnapshot | undefined;
}

/**
 * Compiles policy files: load, validate, model, lint, emit. Touches no disk, and the same sources give
 * the same bytes. A mistake in the policy is a diagnostic, never an exception.
 *
 * @example
 * const { files, diagnostics } = compile([{ path: "policies/orders.yaml", text }]);
 */
export function compile(sources: readonly SourceText[]): Compilation {
  const { documents, mistakes } = readDocuments(sources);
  const { model, diagnostics } = buildModel(documents);
  const found = [...mistakes, ...keepIndependent(diagnostics, mistakes, documents)];
  if (found.length > 0 || model === undefined) return failed(found);

  const findings = sortDiagnostics(lintModel(model));
  if (findings.some(({ severity }) => severity === "error")) return failed(findings);

  const snapshot = buildSnapshot(model);
  return { files: emitFiles(model, snapshot), diagnostics: findings, model, snapshot };
}

function failed(mistakes: readonly Diagnostic[]): Compilation {
  const diagnostics = sortDiagnostics(mistakes);
  return { files: [], diagnostics, model: undefined, snapshot: undefined };
}
