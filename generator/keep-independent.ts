import type { PolicyDocument, PolicyNode } from "./1-load/policy-document.js";
import type { Diagnostic, SourceSpan } from "./diagnostics/diagnostic.js";

/** What a mistake in one of some sections can hide, and so make another mistake of. */
interface Consequence {
  readonly sections: readonly string[];
  /** `lost`: only a mistake that loses a name of the section; `any`: every mistake in it. */
  readonly by: "lost" | "any";
}

/** Codes that a mistake in another place can cause. */
const consequences: ReadonlyMap<string, Consequence> = new Map([
  ["unknown-role", { sections: ["roles"], by: "lost" }],
  ["unknown-resource", { sections: ["resources"], by: "any" }],
  ["unknown-action", { sections: ["resources"], by: "any" }],
  ["no-tokens", { sections: ["tokens"], by: "lost" }],
  ["unknown-issuer", { sections: ["tokens"], by: "any" }],
  ["unused-dpop", { sections: ["tokens"], by: "any" }],
  ["unbounded-revocation", { sections: ["tokens", "revocation"], by: "any" }],
  ["sessions-without-revocation", { sections: ["revocation"], by: "any" }],
  ["sessions-without-issuer", { sections: ["tokens"], by: "any" }],
  ["unbound-issuer", { sections: ["tokens"], by: "any" }],
  ["unknown-strategy", { sections: ["authentication"], by: "any" }],
  ["ambiguous-strategies", { sections: ["authentication"], by: "any" }],
  ["unknown-response", { sections: ["responses"], by: "any" }],
  ["response-loop", { sections: ["responses"], by: "any" }],
  ["unused-response", { sections: ["responses", "routes"], by: "any" }],
  ["unknown-mask", { sections: ["masks"], by: "any" }],
  ["unused-mask", { sections: ["masks", "audit", "responses"], by: "any" }],
  ["audit-without-secret", { sections: ["masks", "audit", "responses"], by: "any" }],
  ["unknown-category", { sections: ["audit"], by: "any" }],
  ["audit-without-log", { sections: ["audit"], by: "any" }],
  ["audit-without-overflow", { sections: ["audit"], by: "any" }],
  ["compliance-unmet", { sections: ["audit", "routes"], by: "any" }],
  ["retention-below-floor", { sections: ["audit"], by: "any" }],
  ["spill-without-folder", { sections: ["audit"], by: "any" }],
  ["bad-retention", { sections: ["audit"], by: "any" }],
  ["bad-audit-size", { sections: ["audit"], by: "any" }],
  ["bad-audit-sink", { sections: ["audit"], by: "any" }],
  ["card-in-both-forms", { sections: ["masks", "audit", "responses"], by: "any" }],
  ["unknown-cors", { sections: ["cors"], by: "lost" }],
  ["unknown-param", { sections: ["routes"], by: "lost" }],
  ["unknown-condition", { sections: ["conditions"], by: "lost" }],
  ["bad-tenant", { sections: ["resources", "principal"], by: "any" }],
  [
    "condition-unknown-attribute",
    { sections: ["resources", "principal", "request", "routes"], by: "any" },
  ],
  // How paths are read depends on the router.
  ["trailing-slash", { sections: ["router"], by: "any" }],
  ["pattern-too-long", { sections: ["router"], by: "any" }],
  ["bad-pattern", { sections: ["router"], by: "any" }],
  ["duplicate-route", { sections: ["router"], by: "any" }],
  ["ambiguous-route", { sections: ["router"], by: "any" }],
]);

/** Codes that say of an entry as a whole that it lacks something: a mistake inside it can be the cause. */
const aboutWhole: ReadonlySet<string> = new Set([
  "missing-key",
  "bad-rule",
  "catch-all-without-reason",
  "incomplete-token",
  "bad-keys",
  "bad-ring",
  "bad-strategy",
  "bad-static-token",
  "bad-claim-path",
  "bad-sessions",
  "bad-mask",
  "bad-response",
  "unknown-type",
]);

/** Codes that say of a key that another is missing beside it: the other one may be misspelt. */
const aboutBeside: ReadonlySet<string> = new Set([
  "origins-without-upgrade",
  "upgrade-without-origins",
  "bad-ring",
  "bad-strategy",
  "bad-static-token",
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
  const extentsByFile = new Map<string, ReadonlyMap<number, Extent>>();
  return later.filter((diagnostic) => {
    const { code, at } = diagnostic;
    const consequence = consequences.get(code);
    const mistakes = earlierByFile.get(at.file) ?? [];
    if (mistakes.some((mistake) => mistake.at.start === at.start)) return false;
    if (consequence !== undefined) {
      const { sections, by } = consequence;
      return !sections.some((section) => hidden[by].has(section));
    }
    if (code === "missing-version") return !mistakes.some((mistake) => loses.test(mistake.code));
    return !mistakes.some(
      (mistake) =>
        (mistake.code === "wrong-type" && isWithin(at, extentOf(mistake))) ||
        (aboutBeside.has(code) && isWithin(mistake.at, mapAround(diagnostic))) ||
        (aboutWhole.has(code) &&
          (isWithin(mistake.at, extentOf(diagnostic)) || isWithin(at, extentOf(mistake)))),
    );
  });

  /** The place of a diagnostic, or the whole entry whose key it stands at. */
  function extentOf({ at }: Diagnostic): Range {
    return { start: at.start, end: extentAt(at)?.end ?? at.end };
  }

  function mapAround({ at }: Diagnostic): Range {
    return extentAt(at)?.map ?? at;
  }

  function extentAt({ file, start }: SourceSpan): Extent | undefined {
    const root = roots.get(file);
    const extents = extentsByFile.get(file) ?? (root && entryExtents(root)) ?? new Map();
    extentsByFile.set(file, extents);
    return extents.get(start);
  }
}

type Range = Pick<SourceSpan, "start" | "end">;

/** Where an entry of a map ends, and the map that it is in. */
interface Extent {
  readonly end: number;
  readonly map: Range;
}

function isWithin({ start }: Range, range: Range): boolean {
  return start >= range.start && start <= range.end;
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
  return entry !== undefined && knownSections.has(entry.key) ? entry : undefined;
}

const knownSections: ReadonlySet<string> = new Set([
  "gatewright",
  "roles",
  "derivedRoles",
  "conditions",
  "request",
  "resources",
  "routes",
  "principal",
  "tokens",
  "authentication",
  "dpop",
  "revocation",
  "sessions",
  "cors",
  "router",
  "problems",
  "audit",
  "masks",
]);

/** The entries of a file by the offsets of their keys. */
function entryExtents(root: PolicyNode): ReadonlyMap<number, Extent> {
  const extents = new Map<number, Extent>();
  const visit = (node: PolicyNode): void => {
    if (node.kind === "list") node.items.forEach(visit);
    if (node.kind !== "map") return;
    for (const { keyAt, value } of node.entries) {
      extents.set(keyAt.start, { end: Math.max(keyAt.end, value.at.end), map: node.at });
      visit(value);
    }
  };
  visit(root);
  return extents;
}
