import type { SourceSpan } from "../diagnostics/diagnostic.js";
import type { AuditFieldModel, MaskModel } from "./audit-events-model.js";
import type { KeyPlace } from "./policy-model.js";

/** Schemas of JSON responses, and how their fields are masked. */
export interface ResponsesModel {
  /** Each behind those that it names. */
  readonly schemas: readonly ResponseModel[];
  /** Those that a field names, sorted by name. */
  readonly masks: readonly MaskModel[];
  /** Where the root of keyed hashes is. */
  readonly secret: KeyPlace | undefined;
}

export interface ResponseModel {
  readonly name: string;
  readonly at: SourceSpan;
  readonly description: string | undefined;
  readonly shape: ShapeModel;
}

export type ShapeModel = ValueModel | ObjectModel | ReferenceModel;

export interface ValueModel {
  readonly kind: "value";
  readonly optional: boolean;
  readonly type: AuditFieldModel["type"];
  /** Name of its mask; undefined for what is public. */
  readonly mask: string | undefined;
  /** Names of roles, inheritance closed, sorted. */
  readonly plainFor: readonly string[];
}

export interface ObjectModel {
  readonly kind: "object";
  readonly optional: boolean;
  readonly list: boolean;
  /** Sorted by name. */
  readonly fields: readonly ResponseFieldModel[];
}

export interface ResponseFieldModel {
  readonly name: string;
  readonly at: SourceSpan;
  readonly shape: ShapeModel;
}

export interface ReferenceModel {
  readonly kind: "schema";
  readonly optional: boolean;
  readonly list: boolean;
  readonly schema: string;
}
