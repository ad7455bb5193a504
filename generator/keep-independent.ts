import type { PolicyDocument, PolicyNode } from "./1-load/policy-document.js";
import type { Diagnostic, SourceSpan } from "./diagnostics/diagnostic.js";

/** What a mistake in a section can hide, and so make another mistake of. */
interface Consequence {
  readonly section: string;
  /** `lost`: only a mistake that loses a name of the section; `any`: every mistake in it. */
  readonly by: "lost" | "any";
}

/** Codes that a mistake in another place can cause. */
const consequences: ReadonlyMap<string, Consequence> = new Map([
  ["unknown-role", { section: "roles", by: "lost" }],
  ["unknown-resource", { section: "resources", by: "any" }],
  ["unknown-action", { section: "resources", by: "any" }],
  ["no-tokens", { section: "tokens", by: "lost" }],
  ["unknown-param", { section: "routes", by: "lost" }],
  // How paths are read depends on the router.
  ["trailing-slash", { section: "router", by: "any" }],
  ["pattern-too-long", { section: "router", by: "any" }],
  ["bad-pattern", { section: "router", by: "any" }],
  ["duplicate-route", { section: "router", by: "any" }],
  ["ambiguous-route", { section: "router", by: "any" }],
]);

/** Codes that say of an entry as a whole that it lacks something: a mistake inside it can be the cause. */
const aboutWhole: ReadonlySet<string> = new Set([
  "missing-key",
  "bad-rule",
  "catch-all-without-reason",
  "incomplete-token",
  "bad-keys",
  "bad-claim-path",
  "unknown-type",
]);

/** Codes with which reading a file drops an entry or its value. */
const loses = /^(?:yaml-|duplicate-key$|reserved-name$)/;

/**
 * Of later diagnostics, those that earlier ones did not cause: one cause is said once. An earlier mistake
 * in a file that is not among the documents hides all that the file could have said.
 */
export function keepIndependent(
  later: readonly Diagnostic[],
  earlier: readonly Diagnostic[],
  documents: readonly PolicyDocument[] = [],
): readonly Diagnostic[] {
  if (earlier.length === 0 || later.length === 0) return later;
  const roots = new Map(documents.map((document) => [document.source.path, document.root]));
  const hidden = hiddenSections(earlier, roots);
  const earlierByFile = groupByFile(earlier);
  const endsByFile = new Map<string, ReadonlyMap<number, number>>();
  return later.filter((diagnostic) => {
    const { code, at } = diagnostic;
    const consequence = consequences.get(code);
    const mistakes = earlierByFile.get(at.file) ?? [];
    if (mistakes.some((mistake) => mistake.at.start === at.start)) return false;
    if (consequence !== undefined) return !hidden[consequence.by].has(consequence.section);
    if (code === "missing-version") return !mistakes.some((mistake) => loses.test(mistake.code));
    return !mistakes.some(
      (mistake) =>
        (mistake.code === "wrong-type" && holds(mistake, at)) ||
        (aboutWhole.has(code) && (holds(diagnostic, mistake.at) || holds(mistake, at))),
    );
  });

  /** Whether a diagnostic, or the entry whose key it stands at, has the other place inside. */
  function holds({ at }: Diagnostic, inner: SourceSpan): boolean {
    if (inner.start < at.start) return false;
    const root = roots.get(at.file);
    const ends = endsByFile.get(at.file) ?? (root === undefined ? new Map() : entryEnds(root));
    endsByFile.set(at.file, ends);
    return inner.start <= (ends.get(at.start) ?? at.end);
  }
}

function groupByFile(
  diagnostics: readonly Diagnostic[],
): ReadonlyMap<string, readonly Diagnostic[]> {
  const groups = new Map<string, Diagnostic[]>();
  for (const diagnostic of diagnostics) {
    const group = groups.get(diagnostic.at.file);
    if (group === undefined) groups.set(diagnostic.at.file, [diagnostic]);
    else group.push(diagnostic);
  }
  return groups;
}

interface HiddenSections {
  readonly lost: { readonly has: (section: string) => boolean };
  readonly any: { readonly has: (section: string) => boolean };
}

function hiddenSections(
  mistakes: readonly Diagnostic[],
  roots: ReadonlyMap<string, PolicyNode>,
): HiddenSections {
  const lost = new Set<string>();
  const any = new Set<string>();
  let isAllHidden = false;
  for (const { code, at } of mistakes) {
    const root = roots.get(at.file);
    const section = root?.kind === "map" ? sectionAt(root.entries, at.start) : undefined;
    if (section === undefined) isAllHidden = true;
    else {
      any.add(section.key);
      const isAboutSection =
        at.start === section.keyAt.start || at.start === section.value.at.start;
      if (isAboutSection || loses.test(code)) lost.add(section.key);
    }
  }
  const has = (sections: ReadonlySet<string>) => ({
    has: (section: string) => isAllHidden || sections.has(section),
  });
  return { lost: has(lost), any: has(any) };
}

type Entries = Extract<PolicyNode, { readonly kind: "map" }>["entries"];

/** The known section around an offset; an unknown one may stand for any. */
function sectionAt(entries: Entries, offset: number): Entries[number] | undefined {
  const entry = entries.find(
    ({ keyAt, value }) => keyAt.start <= offset && offset <= Math.max(keyAt.end, value.at.end),
  );
  return entry !== undefined && sections.has(entry.key) ? entry : undefined;
}

const sections: ReadonlySet<string> = new Set([
  "gatewright",
  "roles",
  "resources",
  "routes",
  "principal",
  "tokens",
  "router",
  "problems",
  "audit",
]);

/** By the offset of its key, where each entry of a file ends. */
function entryEnds(root: PolicyNode): ReadonlyMap<number, number> {
  const ends = new Map<number, number>();
  const visit = (node: PolicyNode): void => {
    if (node.kind === "list") node.items.forEach(visit);
    if (node.kind !== "map") return;
    for (const { keyAt, value } of node.entries) {
      ends.set(keyAt.start, Math.max(keyAt.end, value.at.end));
      visit(value);
    }
  };
  visit(root);
  return ends;
}
