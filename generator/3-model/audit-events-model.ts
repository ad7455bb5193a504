import type { SourceSpan } from "../diagnostics/diagnostic.js";
import type { KeyPlace } from "./policy-model.js";

/** Kinds of events that the application records, and how their fields are masked. */
export interface AuditEventsModel {
  /** Sorted by type. */
  readonly events: readonly AuditEventModel[];
  /** Those that a field names, sorted by name: methods without options have their own name. */
  readonly masks: readonly MaskModel[];
  /** Where the root of keyed hashes is. */
  readonly secret: KeyPlace | undefined;
}

/** Where records of requests go. */
export interface AuditModel {
  readonly sink: { readonly kind: "jsonl"; readonly path: string };
}

export interface AuditEventModel {
  /** As `order.refunded`. */
  readonly name: string;
  readonly at: SourceSpan;
  readonly description: string | undefined;
  readonly category: string;
  /** Where it is said. */
  readonly categoryAt: SourceSpan | undefined;
  /** Sorted by name. */
  readonly fields: readonly AuditFieldModel[];
}

export interface AuditFieldModel {
  readonly name: string;
  readonly at: SourceSpan;
  readonly type: "string" | "int" | "double" | "bool" | "list<string>";
  readonly optional: boolean;
  readonly maxLength: number;
  /** Name of its mask; undefined for what is public. */
  readonly mask: string | undefined;
}

export interface MaskModel {
  readonly name: string;
  readonly method: MaskMethod;
  /** As the method takes them; plain data. */
  readonly options: Readonly<Record<string, unknown>>;
}

export const maskMethods = [
  "binary",
  "bucket",
  "card",
  "custom",
  "date",
  "detect",
  "email",
  "hmac",
  "ip",
  "name",
  "null-out",
  "phone",
  "resident-id",
] as const;

export type MaskMethod = (typeof maskMethods)[number];
