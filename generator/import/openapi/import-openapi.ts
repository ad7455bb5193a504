import { parsePolicy } from "../../1-load/parse-policy.js";
import type { PolicyDocument } from "../../1-load/policy-document.js";
import { validateShape } from "../../2-validate/validate-shape.js";
import { buildModel } from "../../3-model/build-model.js";
import { collectSections } from "../../3-model/collect-sections.js";
import { resolveRouter } from "../../3-model/resolve-settings.js";
import { lintModel } from "../../4-lint/lint-model.js";
import type { Diagnostic, SourceText } from "../../diagnostics/diagnostic.js";
import { editPolicy } from "./4-write/edit-policy.js";
import { factsOfPlan, noFacts } from "./3-merge/import-facts.js";
import type { ImportFacts } from "./3-merge/import-facts.js";
import type { ImportNote } from "./1-read/import-note.js";
import type { ImportCounts, ImportPlan } from "./2-plan/import-plan.js";
import { printStamp, readStamp } from "./3-merge/import-stamp.js";
import { indexPolicies } from "./3-merge/index-policies.js";
import type { PolicyIndex } from "./3-merge/index-policies.js";
import { listChanges } from "./3-merge/list-changes.js";
import type { ImportChanges } from "./3-merge/list-changes.js";
import { mergeFacts } from "./3-merge/merge-facts.js";
import type { MergeConflict, MergedFacts } from "./3-merge/merge-facts.js";
import { newFiles } from "./4-write/new-files.js";
import { placeAdditions } from "./4-write/place-additions.js";
import type { PlainMap } from "./1-read/plain-value.js";
import { planImport } from "./2-plan/plan-import.js";
import type { UnsaidAccess } from "./2-plan/fill-needs.js";
import { findMismatch } from "./3-merge/verify-merge.js";

export interface ImportRequest {
  /** The OpenAPI document as {@link readDocument} read it, and its file. What it says is not trusted. */
  readonly document: ImportedDocument;
  /** Names the import's files: a letter, then up to 49 letters, digits, `_` or `-`. */
  readonly name: string;
  /** The policy folder as it stands in paths, with forward slashes. */
  readonly folder: string;
  /** Every file of the policy. */
  readonly policies: readonly SourceText[];
  /** What the last import of this name left; undefined for the first. */
  readonly stamp: SourceText | undefined;
  /** Whether the path of the document's first server stands in front of every route. */
  readonly hasServerPrefix: boolean;
  /** What it means where the document says nothing on security; by default see `docs/openapi-import.md`. */
  readonly unsaid: UnsaidAccess | undefined;
}

export interface ImportedDocument {
  readonly path: string;
  readonly content: PlainMap;
}

export interface ImportedFile {
  readonly path: string;
  /** Undefined where the file is left without content and goes. */
  readonly text: string | undefined;
}

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

/** Where an import of this name keeps what it said last. */
export function stampPath(folder: string, name: string): string {
  return `${folder}/${name}/import.json`;
}

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
  const base: ImportFacts = stamp?.stamp ?? noFacts;
  const ours = indexPolicies(documents, router);
  const planned = planImport(request.document.content, {
    name,
    router,
    takenResources: new Set([...ours.resources.keys()].filter((key) => !base.resources.has(key))),
    hasServerPrefix: request.hasServerPrefix,
    unsaid: request.unsaid,
  });
  if (!planned.ok) return failed(planned.failures.map((failure) => inDocument(failure, request)));
  const { plan } = planned;
  if (plan.counts.operations === 0 && plan.refused.length === 0)
    return failed([noOperations(request)]);

  const theirs = factsOfPlan(plan);
  const merged = mergeFacts({ base, ours, theirs });
  const written = writeMerge({ request, plan, merged, index: ours, isFirst: stamp === undefined });
  if (!written.ok) return failed([written.diagnostic]);
  const { changed, sources } = written;
  const after = sources.flatMap((source) => parsePolicy(source).document ?? []);
  const odd = findMismatch(indexPolicies(after, router), { ours, theirs, merged });
  if (after.length < sources.length || odd !== undefined) return failed([notMerged(request, odd)]);

  const stampText = printStamp({ ...theirs, document: request.document.path });
  const isNews = changed.length > 0 || stampText !== request.stamp?.text;
  return {
    ok: true,
    files: isNews ? [...changed, { path: stampPath(folder, name), text: stampText }] : [],
    report: {
      name,
      isFirst: stamp === undefined,
      counts: plan.counts,
      refused: plan.refused,
      notes: plan.notes,
      changes: listChanges(merged, { base, ours, theirs }),
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

interface Writing {
  readonly request: ImportRequest;
  readonly plan: ImportPlan;
  readonly merged: MergedFacts;
  readonly index: PolicyIndex;
  readonly isFirst: boolean;
}

type Written =
  | { readonly ok: false; readonly diagnostic: Diagnostic }
  | {
      readonly ok: true;
      readonly changed: readonly ImportedFile[];
      readonly sources: readonly SourceText[];
    };

function writeMerge({ request, plan, merged, index, isFirst }: Writing): Written {
  const { name, folder, policies } = request;
  const files = {
    main: `${folder}/${name}.yaml`,
    fileOf: (resource: string) => `${folder}/${name}/${resource}.yaml`,
  };
  const additions = placeAdditions(plan, merged, { index, files });
  const known = new Map(policies.map(({ path, text }) => [path, text]));
  const edited = editPolicy({ index, merged, additions });
  const stuck = edited.find(({ text }) => text === undefined);
  if (stuck !== undefined) return { ok: false, diagnostic: notEditable(stuck.path) };
  const added = newFiles({
    additions: new Map([...additions].filter(([path]) => !known.has(path))),
    main: files.main,
    request,
    documents: index.documents,
    plan: isFirst ? plan : undefined,
  });
  const changed: ImportedFile[] = [...edited, ...added]
    .map(({ path, text }) => ({
      path,
      text: text === undefined || isBare(text, path) ? undefined : text,
    }))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const texts = new Map(known);
  for (const { path, text } of changed) {
    if (text === undefined) texts.delete(path);
    else texts.set(path, text);
  }
  const sources = [...texts].map(([path, text]) => ({ path, text }));
  return { ok: true, changed, sources: sources.toSorted((a, b) => (a.path < b.path ? -1 : 1)) };
}

/** Whether a file says nothing any more but its version. */
function isBare(text: string, path: string): boolean {
  const root = parsePolicy({ path, text }).document?.root;
  return root !== undefined && root.entries.every(({ key }) => key === "gatewright");
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

/** A file where the first import would write belongs to somebody. */
function findForeign({ folder, name, policies }: ImportRequest): Diagnostic | undefined {
  const found = policies.find(
    ({ path }) => path === `${folder}/${name}.yaml` || path.startsWith(`${folder}/${name}/`),
  );
  if (found === undefined) return undefined;
  return {
    code: "openapi-foreign-file",
    severity: "error",
    message: `the file stands where the import \`${name}\` would write`,
    at: { file: found.path, start: 0, end: 0 },
    help: `give the import another name with \`--name\`, or bring \`${stampPath(folder, name)}\` back`,
  };
}

function noOperations({ document }: ImportRequest): Diagnostic {
  return {
    code: "openapi-no-operations",
    severity: "error",
    message: "the document has no operations under `paths`",
    at: { file: document.path, start: 0, end: 0 },
    help: "name the document that describes the service's own paths",
  };
}

function notEditable(file: string): Diagnostic {
  return {
    code: "openapi-not-merged",
    severity: "error",
    message: "the import cannot edit the file in the form that it has",
    at: { file, start: 0, end: 0 },
    help: "write its routes, roles and resources as indented maps, or make the change by hand",
  };
}

function notMerged({ document }: ImportRequest, odd: string | undefined): Diagnostic {
  return {
    code: "openapi-not-merged",
    severity: "error",
    message: `the merged policy would not say what it should${odd === undefined ? "" : ` of \`${odd}\``}`,
    at: { file: document.path, start: 0, end: 0 },
    help: "nothing is written: make this change by hand, then import again",
  };
}

function inDocument(diagnostic: Diagnostic, { document }: ImportRequest): Diagnostic {
  return { ...diagnostic, at: { file: document.path, start: 0, end: 0 } };
}
