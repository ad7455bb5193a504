import type { AuditFieldType, SerializedAuditSchema, SerializedMask } from "./serialized-audit.js";

/** Who sees what of JSON responses; left out where no route names a schema. */
export interface SerializedResponses {
  readonly schemas: readonly SerializedResponse[];
  /** The routes whose responses are masked. */
  readonly routes: readonly { readonly route: number; readonly schema: number }[];
  readonly masks: readonly SerializedMask[];
  /** Where the root of keyed hashes is; null where none of the masks needs one. */
  readonly secret: SerializedAuditSchema["secret"];
}

export interface SerializedResponse {
  readonly name: string;
  /** `file:line` of its declaration. */
  readonly at: string;
  readonly shape: SerializedShape;
}

/** What a place in a document may hold. */
export type SerializedShape = SerializedValue | SerializedObject | SerializedReference;

interface Place {
  /** Whether it may hold null; what is missing is missing either way. */
  readonly optional: boolean;
}

export interface SerializedValue extends Place {
  readonly kind: "value";
  readonly type: AuditFieldType;
  /** Index into `masks`; -1 for what everybody sees. */
  readonly mask: number;
  /** Indices into `roles`, inheritance closed: whoever has one of them sees it as it is. */
  readonly plainFor: readonly number[];
}

export interface SerializedObject extends Place {
  readonly kind: "object";
  /** Whether it is a list of such objects. */
  readonly list: boolean;
  readonly fields: readonly { readonly name: string; readonly shape: SerializedShape }[];
}

/** Another schema of the policy; an earlier one leads to no later one and back. */
export interface SerializedReference extends Place {
  readonly kind: "schema";
  readonly list: boolean;
  /** Index into `schemas`. */
  readonly schema: number;
}
