/** What became of an operation, where that is not simply a route of its own. */
export interface ImportNote {
  /** One of the `openapi-` codes. */
  readonly code: string;
  /** As the document writes it: `GET /orders/{id}`. */
  readonly operation: string;
  /** Where it stands in the document: a JSON pointer (RFC 6901). */
  readonly pointer: string;
  /** Lower case, one line, no full stop. */
  readonly message: string;
  readonly help?: string;
}

/** The part of a note that does not depend on where it is said. */
export type Cause = Pick<ImportNote, "code" | "message" | "help">;
