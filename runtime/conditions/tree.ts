import type { ConditionErrorCode } from "./condition-error.js";
import type { PatternProgram } from "./pattern.js";
import type { ConditionType } from "./types.js";

/** The version of this format. A tree of another one is refused when it is built. */
export const CONDITION_FORMAT = 1;

/** A condition in a snapshot: what it reads, and a small typed tree over that. Plain JSON. */
export interface SerializedCondition {
  readonly format: number;
  readonly inputs: { readonly [name: string]: ConditionType };
  readonly node: ConditionNode;
}

export type ConditionNode =
  | LiteralNode
  | { readonly op: "input"; readonly name: string }
  /** The variable of the macro with this slot. */
  | { readonly op: "local"; readonly slot: number }
  /** An attribute; where it is optional and missing, an error. */
  | { readonly op: "field"; readonly of: ConditionNode; readonly name: string }
  | { readonly op: "has"; readonly of: ConditionNode; readonly name: string }
  | { readonly op: "not"; readonly of: ConditionNode }
  | LogicNode
  | {
      readonly op: "choose";
      readonly test: ConditionNode;
      readonly yes: ConditionNode;
      readonly no: ConditionNode;
    }
  | { readonly op: "list"; readonly item: ConditionType; readonly items: readonly ConditionNode[] }
  | MapNode
  | { readonly op: "call"; readonly name: string; readonly args: readonly ConditionNode[] }
  /** A function of CEL on values that carry their type; which overload is decided by them. */
  | { readonly op: "dynamic"; readonly name: string; readonly args: readonly ConditionNode[] }
  /** The same value in the form of another type; from `dyn` only if it has that type. */
  | { readonly op: "convert"; readonly to: ConditionType; readonly of: ConditionNode }
  | { readonly op: "matches"; readonly of: ConditionNode; readonly pattern: PatternProgram }
  | EachNode
  /** Takes the size of the value from the budget of this evaluation. */
  | { readonly op: "spend"; readonly of: ConditionNode }
  | { readonly op: "fail"; readonly code: ConditionErrorCode };

/** An integer that is no safe number, NaN, the infinities and -0 are written as text, bytes as base64. */
export interface LiteralNode {
  readonly op: "literal";
  readonly type: ConditionType;
  readonly value: string | number | boolean | null;
}

/** The absorbing forms let the right side decide where the left one fails, as CEL says. */
export interface LogicNode {
  readonly op: "and" | "or" | "and-absorbing" | "or-absorbing";
  readonly left: ConditionNode;
  readonly right: ConditionNode;
}

export interface MapNode {
  readonly op: "map";
  readonly key: ConditionType;
  readonly value: ConditionType;
  readonly entries: readonly (readonly [ConditionNode, ConditionNode])[];
}

export type MacroName =
  | "all"
  | "exists"
  | "all-absorbing"
  | "exists-absorbing"
  | "exists-one"
  | "filter"
  | "map";

export interface EachNode {
  readonly op: "each";
  readonly macro: MacroName;
  readonly over: ConditionNode;
  readonly slot: number;
  readonly body: ConditionNode;
}
