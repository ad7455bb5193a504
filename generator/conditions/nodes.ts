import type { ConditionType } from "@gatewright/runtime/abi/conditions";
import type { Checked } from "./checked.js";
import type { Span } from "./syntax.js";
import { isSameType } from "./types.js";

export function place({ start, end }: Span): Span {
  return { start, end };
}

export function literalNode(at: Span, value: string | boolean): Checked {
  const base = { op: "literal" as const, canFail: false, ...place(at) };
  return typeof value === "string"
    ? { ...base, type: "string", value: { type: "string", value, offsets: [] } }
    : { ...base, type: "bool", value: { type: "bool", value } };
}

/** The same value in the form of another type; nothing where it has that form. */
export function convertTo(node: Checked, type: ConditionType): Checked {
  if (isSameType(node.type, type)) return node;
  const canFail = node.canFail || narrows(node.type, type);
  return { op: "convert", of: node, type, canFail, ...place(node) };
}

function narrows(from: ConditionType, to: ConditionType): boolean {
  if (from === "dyn") return to !== "dyn";
  if (typeof from === "string" || typeof to === "string") return false;
  if ("list" in from && "list" in to) return narrows(from.list, to.list);
  return (
    "map" in from &&
    "map" in to &&
    from.map.some((type, index) => narrows(type, to.map[index] ?? "dyn"))
  );
}

export function callNode(
  at: Span,
  call: {
    readonly name: string;
    readonly args: readonly Checked[];
    readonly type: ConditionType;
    readonly canFail?: boolean;
  },
): Checked {
  const canFail = call.canFail === true || call.args.some((arg) => arg.canFail);
  return { op: "call", name: call.name, args: call.args, type: call.type, canFail, ...place(at) };
}

/** A function on values that say their types, its result in the form of a known type. */
export function dynamicNode(
  at: Span,
  name: string,
  args: readonly Checked[],
  type: ConditionType = "dyn",
): Checked {
  const boxed = args.map((arg) => (arg.type === "never" ? arg : convertTo(arg, "dyn")));
  const node: Checked = {
    op: "dynamic",
    name,
    args: boxed,
    type: "dyn",
    canFail: true,
    ...place(at),
  };
  return convertTo(node, type);
}

export function toBool(node: Checked): Checked {
  return node.type === "bool"
    ? node
    : convertTo(node.type === "dyn" ? node : convertTo(node, "dyn"), "bool");
}

/** `&&` or `||`; where the left side can fail, in the form that lets the right one decide. */
export function logicNode(at: Span, sign: "&&" | "||", left: Checked, right: Checked): Checked {
  const word = sign === "&&" ? "and" : "or";
  const op = left.canFail ? (`${word}-absorbing` as const) : word;
  const canFail = left.canFail || right.canFail;
  return { op, left, right, type: "bool", canFail, ...place(at) };
}
