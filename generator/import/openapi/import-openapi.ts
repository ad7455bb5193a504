import { parsePolicy } from "../../1-load/parse-policy.js";
import type { PolicyDocument } from "../../1-load/policy-document.js";
import { validateShape } from "../../2-validate/validate-shape.js";
import { buildModel } from "../../3-model/build-model.js";
import { collectSections } from "../../3-model/collect-sections.js";
import { resolveRouter } from "../../3-model/resolve-settings.js";
import { lintModel } from "../../4-lint/lint-model.js";
import type { Diagnostic, SourceText } from "../../diagnostics/diagnostic.js";
import type { ImportNote } from "./1-read/import-note.js";
import type { ImportCounts } from "./2-plan/import-plan.js";
import { planImport } from "./2-plan/plan-import.js";
import { decideAlike, factsOfPlan } from "./3-merge/import-facts.js";
import { noStamp, printStamp, readStamp } from "./3-merge/import-stamp.js";
import type { ImportStamp } from "./3-merge/import-stamp.js";
import { indexPolicies } from "./3-merge/index-policies.js";
import { listChanges } from "./3-merge/list-changes.js";
import type { ImportChanges } from "./3-merge/list-changes.js";
import { mergeFacts } from "./3-merge/merge-facts.js";
import type { MergeConflict } from "./3-merge/merge-facts.js";
import { findMismatch } from "./3-merge/verify-merge.js";
import { printSettings } from "./4-write/print-settings.js";
import { writeMerge } from "./4-write/write-merge.js";
import {
  findForeign,
  noOperations,
  notAPolicy,
  notEditable,
  notMerged,
} from "./import-mistakes.js";
import { importPaths } from "./import-request.js";
import type { ImportRequest, ImportedFile } from "./import-request.js";

export interface ImportReport {
  readonly name: string;
  /** Whether there was none of this name before. */
  readonly isFirst: boolean;
  readonly counts: ImportCounts;
  /** Operations that are not carried over, and which nobody reaches. */
  readonly refused: readonly ImportNote[];
  readonly notes: readonly ImportNote[];
  readonly changes: ImportChanges;
  readonly conflicts: readonly MergeConflict[];
  /** Errors that the policy has once the files are written; not all of them come from the import. */
  readonly policyErrors: readonly Diagnostic[];
  /** The policy as it then is, for the places of those. */
  readonly sources: readonly SourceText[];
}

export type ImportResult =
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }
  | {
      readonly ok: true;
      /** What to write or remove, the stamp last; nothing where nothing changed. */
      readonly files: readonly ImportedFile[];
      readonly report: ImportReport;
    };

/**
 * Turns an OpenAPI document into policy files, or merges it into those of its last import: what the
 * document changed since then is changed, what people changed stays. Touches no disk and never throws.
 */
export function importOpenapi(request: ImportRequest): ImportResult {
  const { name, folder, policies } = request;
  const parsed = policies.map(parsePolicy);
  const unread = parsed.flatMap(({ diagnostics }) => diagnostics);
  if (unread.length > 0) return failed(unread);
  const documents = parsed.flatMap(({ document }) => document ?? []);
  const stamp = request.stamp === undefined ? undefined : readStamp(request.stamp);
  if (stamp?.ok === false) return failed([stamp.diagnostic]);
  const foreign = stamp === undefined ? findForeign(request) : undefined;
  if (foreign !== undefined) return failed([foreign]);

  const router = resolveRouter(collectSections(documents, () => {}).router, () => {});
  const base: ImportStamp = stamp?.stamp ?? noStamp;
  const ours = indexPolicies(documents, router);
  const own = new Set([...base.resources.keys(), ...base.kept]);
  const planned = planImport(request.document.content, {
    name,
    router,
    takenResources: new Set([...ours.resources.keys()].filter((resource) => !own.has(resource))),
    hasServerPrefix: request.hasServerPrefix,
    unsaid: request.unsaid,
    foreignRoutes: [...ours.routePlaces]
      .filter(([key]) => !decideAlike(ours.routes.get(key), base.routes.get(key)))
      .map(([, { entry, path }]) => ({ method: entry.key, segments: path.segments })),
  });
  if (!planned.ok) return failed(planned.failures.map((failure) => notAPolicy(failure, request)));
  const { plan } = planned;
  if (plan.counts.operations === 0 && plan.refused.length === 0)
    return failed([noOperations(request)]);

  const theirs = factsOfPlan(plan);
  const ways = { base, ours, theirs, foreignRoles: new Set(base.foreign) };
  const merged = mergeFacts(ways);
  const settings = printSettings(plan, { documents, name, written: base.settings });
  const written = writeMerge({ request, plan, merged, index: ours, settings });
  if (!written.ok) return failed([notEditable(written.path)]);
  const { changed, sources } = written;
  const after = sources.flatMap((source) => parsePolicy(source).document ?? []);
  const found = indexPolicies(after, router);
  const odd = findMismatch(found, { ours, theirs, merged });
  if (after.length < sources.length || odd !== undefined) return failed([notMerged(request, odd)]);

  const stampText = printStamp({
    ...theirs,
    document: request.document.path,
    settings: [...new Set([...base.settings, ...settings.keys()])].toSorted(),
    kept: [...own]
      .filter((resource) => found.resources.has(resource) && !theirs.resources.has(resource))
      .toSorted(),
    foreign: merged.roles.foreign,
  });
  const isNews = changed.length > 0 || stampText !== request.stamp?.text;
  return {
    ok: true,
    files: isNews ? [...changed, { path: importPaths(folder, name).stamp, text: stampText }] : [],
    report: {
      name,
      isFirst: stamp === undefined,
      counts: plan.counts,
      refused: plan.refused,
      notes: plan.notes,
      changes: listChanges(merged, ways),
      conflicts: [
        ...merged.routes.conflicts,
        ...merged.roles.conflicts,
        ...merged.resources.conflicts,
      ],
      policyErrors: errorsOf(after),
      sources,
    },
  };
}

function errorsOf(documents: readonly PolicyDocument[]): readonly Diagnostic[] {
  const { model, diagnostics } = buildModel(documents);
  const findings = model === undefined ? [] : lintModel(model);
  return [...documents.flatMap(validateShape), ...diagnostics, ...findings].filter(
    ({ severity }) => severity === "error",
  );
}

function failed(diagnostics: readonly Diagnostic[]): ImportResult {
  return { ok: false, diagnostics };
}
