import { readFileSync, readdirSync } from "node:fs";
import type { SerializedSnapshot } from "@gatewright/runtime/abi";
import { parsePolicy } from "../../generator/1-load/parse-policy.js";
import { buildModel } from "../../generator/3-model/build-model.js";
import type { PolicyModel } from "../../generator/3-model/policy-model.js";
import { rules } from "../../generator/4-lint/rules/index.js";
import { buildSnapshot } from "../../generator/5-emit/build-snapshot.js";
import { compile } from "../../generator/compile.js";
import type { SourceText } from "../../generator/diagnostics/diagnostic.js";
import { formatDiagnostics } from "../../generator/diagnostics/report.js";

const lintCodes: ReadonlySet<string> = new Set(rules.map(({ name }) => name));

/** The policy files of the sample service. */
export function samplePolicy(): readonly SourceText[] {
  const folder = new URL("../../policies/", import.meta.url);
  return readdirSync(folder)
    .filter((name) => name.endsWith(".yaml"))
    .toSorted()
    .map((name) => ({
      path: `policies/${name}`,
      text: readFileSync(new URL(name, folder), "utf8"),
    }));
}

/** The same with its records in a file of their own: what is decided does not depend on where that is recorded. */
export function samplePolicyWithoutLog(): readonly SourceText[] {
  return samplePolicy().map(({ path, text }) => ({
    path,
    text: text
      .replace(/^ *audit: refunds\n/m, "")
      .replace(/^audit:\n(?: .*\n)+/m, "")
      .replace("{ type: int, class: public }", "{ type: int }"),
  }));
}

/**
 * The snapshot of a policy. One that only the linter refuses is built all the same: it is unwise, but
 * it has one meaning, and the engines must agree on that too.
 */
export function compileSnapshot(sources: readonly SourceText[]): SerializedSnapshot {
  return compilePolicy(sources).snapshot;
}

/** The same with the model that it is made of. */
export function compilePolicy(sources: readonly SourceText[]): {
  readonly model: PolicyModel;
  readonly snapshot: SerializedSnapshot;
} {
  const { model: compiled, snapshot, diagnostics } = compile(sources);
  if (compiled !== undefined && snapshot !== undefined) return { model: compiled, snapshot };
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const documents = sources.flatMap((source) => parsePolicy(source).document ?? []);
  const { model } = buildModel(documents);
  if (model === undefined || errors.some(({ code }) => !lintCodes.has(code))) {
    throw new Error(formatDiagnostics(errors, sources, "text"));
  }
  return { model, snapshot: buildSnapshot(model) };
}
