import type { PatternSegment } from "../../../3-model/parse-pattern.js";
import type { ImportNote } from "../1-read/import-note.js";

/** What the document asks of the policy, before it is compared with the policy that is there. */
export interface ImportPlan {
  /** Sorted by pattern and method. */
  readonly routes: readonly PlannedRoute[];
  /** Sorted by name. */
  readonly resources: readonly PlannedResource[];
  /** Sorted by name. */
  readonly roles: readonly PlannedRole[];
  readonly refused: readonly ImportNote[];
  readonly notes: readonly ImportNote[];
  readonly counts: ImportCounts;
}

export interface ImportCounts {
  readonly operations: number;
  readonly carriedOver: number;
  readonly public: number;
  readonly authenticated: number;
  readonly guarded: number;
}

export interface PlannedRoute {
  readonly method: string;
  readonly segments: readonly PatternSegment[];
  readonly rule: PlannedRule;
  /** Parameters that may hold an encoded slash, sorted. */
  readonly slashes: readonly string[];
  /** One line, possibly empty. */
  readonly comment: string;
  /** The file of this resource holds it; undefined for the import's own file. */
  readonly resource: string | undefined;
}

/** The parts of a rule that an import writes, each as text; they are merged one by one. */
export interface PlannedRule {
  /** `public`, `public identity`, `authenticated`, or permissions with `, ` between. */
  readonly need: string;
  readonly catchAll?: string;
  readonly fallThrough?: string;
}

export interface PlannedResource {
  readonly name: string;
  /** One line, possibly empty. */
  readonly description: string;
  /** Sorted. */
  readonly actions: readonly string[];
}

export interface PlannedRole {
  readonly name: string;
  readonly description: string;
  readonly inherits: readonly string[];
  /** Sorted. */
  readonly grants: readonly string[];
}
