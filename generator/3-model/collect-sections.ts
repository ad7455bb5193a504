import type { PolicyDocument, PolicyEntry, PolicyNode } from "../1-load/policy-document.js";
import type { Report } from "./mistake.js";
import { quoteText } from "./quote-text.js";
import { entriesOf } from "./read-node.js";
import { compareText } from "./sort-names.js";

/** The policy's sections over all its files. */
export interface PolicySections {
  readonly roles: readonly PolicyEntry[];
  readonly derivedRoles: readonly PolicyEntry[];
  readonly conditions: readonly PolicyEntry[];
  readonly resources: readonly PolicyEntry[];
  /** Top-level entries of every `routes`; one prefix may stand in several files. */
  readonly routes: readonly PolicyEntry[];
  readonly tokens: readonly PolicyEntry[];
  readonly cors: readonly PolicyEntry[];
  readonly masks: readonly PolicyEntry[];
  readonly responses: readonly PolicyEntry[];
  readonly request: PolicyEntry | undefined;
  readonly principal: PolicyEntry | undefined;
  readonly dpop: PolicyEntry | undefined;
  readonly revocation: PolicyEntry | undefined;
  readonly sessions: PolicyEntry | undefined;
  readonly router: PolicyEntry | undefined;
  readonly authentication: PolicyEntry | undefined;
  readonly problems: PolicyEntry | undefined;
  readonly audit: PolicyEntry | undefined;
}

/** Merges the files; a name or a single section that is given twice keeps its first place. */
export function collectSections(
  documents: readonly PolicyDocument[],
  report: Report,
): PolicySections {
  const ordered = documents.toSorted((a, b) => compareText(a.source.path, b.source.path));
  const all = ordered.flatMap((document) => entriesOf(document.root));
  const inside = (section: string) =>
    all.flatMap((entry) => (entry.key === section ? entriesOf(entry.value) : []));
  return {
    roles: distinct(inside("roles"), "role", report),
    derivedRoles: distinct(inside("derivedRoles"), "role", report),
    conditions: distinct(inside("conditions"), "condition", report),
    resources: distinct(inside("resources"), "resource", report),
    routes: inside("routes"),
    tokens: distinct(inside("tokens"), "token", report),
    cors: distinct(inside("cors"), "cors", report),
    masks: distinct(inside("masks"), "mask", report),
    responses: distinct(inside("responses"), "response", report),
    request: single(all, "request", report),
    principal: single(all, "principal", report),
    dpop: single(all, "dpop", report),
    revocation: single(all, "revocation", report),
    sessions: single(all, "sessions", report),
    router: single(all, "router", report),
    authentication: single(all, "authentication", report),
    problems: single(all, "problems", report),
    audit: single(all, "audit", report),
  };
}

function distinct(
  entries: readonly PolicyEntry[],
  what: "role" | "condition" | "resource" | "token" | "cors" | "mask" | "response",
  report: Report,
): readonly PolicyEntry[] {
  const first = new Map<string, PolicyEntry>();
  for (const entry of entries) {
    const earlier = first.get(entry.key);
    if (earlier === undefined) {
      first.set(entry.key, entry);
      continue;
    }
    report({
      code: `duplicate-${what}`,
      message: `${what} ${quoteText(entry.key)} is declared twice`,
      at: entry.keyAt,
      help: "keep one of the two, with everything it should say",
      related: [{ message: "first declared here", at: earlier.keyAt }],
    });
  }
  return [...first.values()];
}

function single(
  entries: readonly PolicyEntry[],
  section: string,
  report: Report,
): PolicyEntry | undefined {
  const [first, ...others] = entries.filter(
    (entry) => entry.key === section && isGiven(entry.value),
  );
  if (first === undefined) return undefined;
  for (const entry of others) {
    report({
      code: "duplicate-section",
      message: `\`${section}\` is given in more than one file`,
      at: entry.keyAt,
      help: `say everything about \`${section}\` in one file`,
      related: [{ message: "first given here", at: first.keyAt }],
    });
  }
  return first;
}

function isGiven(node: PolicyNode): boolean {
  return node.kind !== "scalar" || node.value !== null;
}
