import type { SerializedSnapshot } from "@gatewright/runtime/abi";
import type { PolicyModel } from "../3-model/policy-model.js";
import type { SourceSpan } from "../diagnostics/diagnostic.js";

export interface EmitContext {
  readonly model: PolicyModel;
  readonly snapshot: SerializedSnapshot;
  /** `file:line`, ready for a comment. */
  readonly placeOf: (span: SourceSpan) => string;
}

/** One file of the output. */
export interface Emitter {
  readonly path: string;
  /** Whether this policy has the file; every policy where it is left out. */
  readonly isNeeded?: (context: EmitContext) => boolean;
  /** Whole statements in order, already formatted; a blank line between two is an empty text. */
  readonly emit: (context: EmitContext) => readonly string[];
}
