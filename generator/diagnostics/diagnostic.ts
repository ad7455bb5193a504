/** A place in a policy file, in UTF-16 offsets of its text; line and column are computed only for printing. */
export interface SourceSpan {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

/** A policy file as it was read: the path as diagnostics print it (forward slashes) and the text. */
export interface SourceText {
  readonly path: string;
  readonly text: string;
}

/** An error stops the build; a warning does not. */
export type Severity = "error" | "warning";

/** Another place that a diagnostic speaks of, like the first of two declarations. */
export interface RelatedPlace {
  readonly message: string;
  readonly at: SourceSpan;
}

/** A mistake in a policy. Codes are public, kebab-case and never reused. */
export interface Diagnostic {
  readonly code: string;
  readonly severity: Severity;
  /** Lower case, one line, no full stop, user text in backticks. */
  readonly message: string;
  readonly at: SourceSpan;
  /** What to do about it. */
  readonly help?: string;
  readonly related?: readonly RelatedPlace[];
}
