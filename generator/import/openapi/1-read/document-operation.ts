import type { PatternSegment } from "../../../3-model/parse-pattern.js";
import type { Cause, ImportNote } from "./import-note.js";
import type { Needs } from "./read-needs.js";

/** What the document says of one operation, read but not yet named. */
export interface DocumentOperation {
  /** As the document writes it: `GET /orders/{id}`. */
  readonly id: string;
  readonly pointer: string;
  /** In capitals. */
  readonly method: string;
  readonly path: string;
  /** Its first tag. */
  readonly tag: string | undefined;
  readonly operationId: string | undefined;
  /** One line, possibly empty. */
  readonly summary: string;
  /** Undefined where the path has no form as a pattern, not even a wider one. */
  readonly segments: readonly PatternSegment[] | undefined;
  /** Segments that mix text and parameters, by their position: the pattern has a parameter there. */
  readonly mixed: ReadonlyMap<number, string>;
  /** Parameters, by their names in the pattern, whose values may hold a slash, and why. */
  readonly slashes: ReadonlyMap<string, string>;
  /** Undefined where the document leaves it open, or cannot be understood. */
  readonly needs: Needs | undefined;
  /** Whether the document says anything on its security, itself or for all operations. */
  readonly isSecuritySaid: boolean;
  /** Why it cannot be carried over. */
  readonly refusal: Cause | undefined;
  /** Stands for operations that cannot be seen, and is not counted. */
  readonly isImplied: boolean;
  readonly notes: readonly ImportNote[];
}
