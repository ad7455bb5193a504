import type { ParsedPolicy } from "./1-load/parse-policy.js";
import type { PolicyDocument } from "./1-load/policy-document.js";
import { validateShape } from "./2-validate/validate-shape.js";
import type { Diagnostic, SourceText } from "./diagnostics/diagnostic.js";
import { slashed } from "./diagnostics/slashed.js";
import { keepIndependent } from "./keep-independent.js";

/** Policy files as the model is built of them. */
export interface ReadDocuments {
  /** Those that could be parsed; the others are not among them. */
  readonly documents: readonly PolicyDocument[];
  /** In every file, what cannot be read and what has the wrong shape. */
  readonly mistakes: readonly Diagnostic[];
}

/** Stage 1, or what gives the same for the same text. */
export type ParsePolicy = (source: SourceText) => ParsedPolicy;

/** Loads and validates each file for itself: a mistake in one hides none in another. */
export function readDocuments(sources: readonly SourceText[], parse: ParsePolicy): ReadDocuments {
  const parsed = sources.map(({ path, text }) => parse({ path: slashed(path), text }));
  return {
    documents: parsed.flatMap(({ document }) => document ?? []),
    mistakes: parsed.flatMap(({ document, diagnostics }) => {
      if (document === undefined) return diagnostics;
      const shape = validateShape(document);
      return [...diagnostics, ...keepIndependent(shape, diagnostics, [document])];
    }),
  };
}
