import type { SerializedSnapshot } from "@gatewright/runtime/abi";
import type { PolicyModel } from "./3-model/policy-model.js";
import { emitFiles } from "./5-emit/emit-files.js";
import type { GeneratedFile } from "./5-emit/emit-files.js";
import { analyse } from "./analyse.js";
import type { Diagnostic, SourceText } from "./diagnostics/diagnostic.js";

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
  const analysis = analyse(sources);
  const { model, snapshot } = analysis;
  const isCompiled = model !== undefined && snapshot !== undefined;
  return { files: isCompiled ? emitFiles(model, snapshot) : [], ...analysis };
}
