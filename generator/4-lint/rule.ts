import type { Diagnostic, Severity } from "../diagnostics/diagnostic.js";
import type { PolicyModel } from "../3-model/policy-model.js";

/** A fault of the whole policy that no single name or line shows. */
export interface Rule {
  /** Equals the file name; says the fault, not the cure. It is the code of the diagnostics. */
  readonly name: string;
  readonly severity: Severity;
  readonly check: (model: PolicyModel) => Iterable<Finding>;
}

export type Finding = Omit<Diagnostic, "code" | "severity">;
