import type { MaskOptions } from "./masks/create-mask.js";

/** A kind of event that the policy declares. */
export interface SerializedAuditEvent {
  /** As `order.refunded`. */
  readonly type: string;
  readonly category: string;
  /** `file:line` of its declaration. */
  readonly at: string;
  /** By name, in the order of RFC 8785. */
  readonly fields: readonly SerializedAuditField[];
}

export interface SerializedAuditField {
  readonly name: string;
  readonly type: AuditFieldType;
  readonly optional: boolean;
  /** In UTF-16 code units, of text and of each item of a list. */
  readonly maxLength: number;
  /** Index into `masks`; -1 for what is public. */
  readonly mask: number;
}

export type AuditFieldType = "string" | "int" | "double" | "bool" | "list<string>";

export interface SerializedMask {
  readonly name: string;
  readonly options: MaskOptions;
}

/** What a policy says of events and masks; left out where it says nothing. */
export interface SerializedAuditSchema {
  readonly events: readonly SerializedAuditEvent[];
  readonly masks: readonly SerializedMask[];
  /** Where the root of keyed hashes is; null where none of the masks needs one. */
  readonly secret: { readonly kind: "file" | "environment"; readonly place: string } | null;
}
