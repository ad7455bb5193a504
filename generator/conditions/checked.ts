import type {
  ConditionErrorCode,
  ConditionType,
  MacroName,
  PatternProgram,
} from "@gatewright/runtime/abi/conditions";
import type { LiteralValue, Span } from "./syntax.js";

/** A part of a condition with its type, its place and whether it can fail. Both back ends are made of it. */
export type Checked = Span & {
  readonly type: ConditionType;
  readonly canFail: boolean;
} & CheckedNode;

export type CheckedNode =
  | {
      readonly op: "literal";
      readonly value: LiteralValue | { readonly type: "type"; readonly value: string };
    }
  | { readonly op: "input"; readonly name: string }
  | { readonly op: "local"; readonly slot: number; readonly label: string }
  | {
      readonly op: "field";
      readonly of: Checked;
      readonly name: string;
      /** An optional attribute; what stands around it made sure that it is there. */
      readonly optional: boolean;
    }
  | { readonly op: "has"; readonly of: Checked; readonly name: string }
  | { readonly op: "not"; readonly of: Checked }
  | {
      readonly op: "and" | "or" | "and-absorbing" | "or-absorbing";
      readonly left: Checked;
      readonly right: Checked;
    }
  | { readonly op: "choose"; readonly test: Checked; readonly yes: Checked; readonly no: Checked }
  | { readonly op: "list"; readonly item: ConditionType; readonly items: readonly Checked[] }
  | {
      readonly op: "map";
      readonly key: ConditionType;
      readonly value: ConditionType;
      readonly entries: readonly (readonly [Checked, Checked])[];
    }
  | { readonly op: "call"; readonly name: string; readonly args: readonly Checked[] }
  | { readonly op: "dynamic"; readonly name: string; readonly args: readonly Checked[] }
  | { readonly op: "convert"; readonly of: Checked }
  | { readonly op: "matches"; readonly of: Checked; readonly pattern: PatternProgram }
  | {
      readonly op: "each";
      readonly macro: MacroName;
      readonly over: Checked;
      readonly slot: number;
      readonly label: string;
      readonly body: Checked;
    }
  | { readonly op: "spend"; readonly of: Checked }
  | { readonly op: "fail"; readonly code: ConditionErrorCode };

/** Every part right below a node. */
export function partsOf(node: Checked): readonly Checked[] {
  switch (node.op) {
    case "literal":
    case "input":
    case "local":
    case "fail":
      return [];
    case "field":
    case "has":
    case "not":
    case "convert":
    case "matches":
    case "spend":
      return [node.of];
    case "choose":
      return [node.test, node.yes, node.no];
    case "list":
      return node.items;
    case "map":
      return node.entries.flat();
    case "call":
    case "dynamic":
      return node.args;
    case "each":
      return [node.over, node.body];
    default:
      return [node.left, node.right];
  }
}
