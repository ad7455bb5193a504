import { parsePolicy } from "../../generator/1-load/parse-policy.js";
import type { PolicyDocument } from "../../generator/1-load/policy-document.js";

/** A policy text as the later stages get it; a text that does not parse is a fault of the test. */
export function documentOf(text: string, path = "policies/policy.yaml"): PolicyDocument {
  const { document, diagnostics } = parsePolicy({ path, text });
  if (document === undefined) throw new Error(diagnostics.map(({ message }) => message).join("; "));
  return document;
}
