import type { Diagnostic } from "../diagnostics/diagnostic.js";

/** What this stage finds is an error each time: a name that leads nowhere, or a rule that says two things. */
export type Mistake = Omit<Diagnostic, "severity">;

export type Report = (mistake: Mistake) => void;
