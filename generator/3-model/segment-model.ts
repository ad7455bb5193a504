import type { SourceSpan } from "../diagnostics/diagnostic.js";
import type { MaskModel } from "./audit-events-model.js";

/** A piece of a route's pattern. */
export type SegmentModel =
  | {
      readonly kind: "literal" /** percent-encoded in its normalised spelling */;
      readonly text: string;
    }
  | {
      readonly kind: "param";
      readonly name: string;
      readonly type: ParamType;
      readonly encodedSlash: boolean;
      /** How records show its value; undefined where they do not. */
      readonly shown: ShownParam | undefined;
    }
  | { readonly kind: "star" }
  | { readonly kind: "rest" };

/** A parameter whose value records show. */
export interface ShownParam {
  readonly at: SourceSpan;
  /** Undefined for what is public. */
  readonly mask: MaskModel | undefined;
}

export type ParamType = "string" | "int" | "uuid";
