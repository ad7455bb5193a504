import type { ConditionType } from "@gatewright/runtime/abi/conditions";
import { partsOf } from "./checked.js";
import type { Checked } from "./checked.js";
import type { Span } from "./syntax.js";
import { isSameType } from "./types.js";

/** A part of a condition that no filter of rows can say. */
export interface Unfilterable extends Span {
  readonly reason: string;
}

/**
 * The first part that keeps a condition from becoming a filter; undefined where the runtime can make one of it
 * (`runtime/filters/plan-condition.ts`), which a test compares.
 */
export function findUnfilterable(root: Checked): Unfilterable | undefined {
  if (!readsResource(root)) return undefined;
  const spent = findNode(root, ({ op }) => op === "spend");
  if (spent !== undefined) return at(spent, "how long a macro takes depends on the row");
  return check(root);
}

/** Of a part that is true or false. */
function check(node: Checked): Unfilterable | undefined {
  if (!readsResource(node)) return undefined;
  switch (node.op) {
    case "has":
      return attributeOf(node) === undefined ? at(node, computed) : undefined;
    case "field":
      return attributeOf(node) === "bool" ? undefined : at(node, computed);
    case "not":
      return check(node.of);
    case "and":
    case "or":
    case "and-absorbing":
    case "or-absorbing":
      return check(node.left) ?? check(node.right);
    case "choose":
      return check(node.test) ?? check(node.yes) ?? check(node.no);
    case "call":
      return checkCall(node);
    case "each":
      return checkEach(node);
    case "matches":
      return at(node, "databases have no such patterns");
    default:
      return at(node, computed);
  }
}

const computed = "it computes a value from the row";

const relations = new Set(["equal", "differ", "less", "at-most", "more", "at-least"]);
const texts = new Set(["string.starts-with", "string.ends-with", "string.contains"]);
const scalars = ["string", "int", "double", "bool", "timestamp"];

function checkCall(node: Extract<Checked, { op: "call" }>): Unfilterable | undefined {
  const [a, b] = node.args;
  if (a === undefined || b === undefined) return at(node, computed);
  if (relations.has(node.name.split(".").at(-1) ?? "")) return compare(node, a, b);
  if (node.name === "list.has") return checkIn(node, a, b);
  if (!texts.has(node.name)) return at(node, computed);
  return checkText(a) ?? checkText(b);
}

/** Of a comparison, one side is an attribute of a simple type, the other another one or read from no row. */
function compare(node: Checked, a: Checked, b: Checked): Unfilterable | undefined {
  const [left, right] = [attributeOf(a), attributeOf(b)];
  const type = left ?? right;
  if (type === undefined) return at(node, computed);
  if (!scalars.some((name) => name === type)) return at(node, "it compares a list as a whole");
  const isOther = (side: Checked, own: ConditionType | undefined) =>
    (own !== undefined || !readsResource(side)) && isSameType(side.type, type);
  return isOther(a, left) && isOther(b, right) ? undefined : at(node, computed);
}

function checkIn(node: Checked, item: Checked, list: Checked): Unfilterable | undefined {
  if (attributeOf(list) !== undefined) return checkText(item);
  if (!readsResource(list)) return compareItem(node, item);
  if (list.op !== "list") return at(list, computed);
  for (const other of list.items) {
    const isFixed = !readsResource(item) && !readsResource(other);
    const found = isFixed ? undefined : compare(node, item, other);
    if (found !== undefined) return found;
  }
  return undefined;
}

function compareItem(node: Checked, item: Checked): Unfilterable | undefined {
  const type = attributeOf(item);
  return scalars.some((name) => name === type) ? undefined : at(node, computed);
}

function checkText(node: Checked): Unfilterable | undefined {
  if (!readsResource(node)) return undefined;
  return attributeOf(node) === "string" ? undefined : at(node, computed);
}

function checkEach(node: Extract<Checked, { op: "each" }>): Unfilterable | undefined {
  const { macro, over, body } = node;
  if (readsResource(over)) return at(node, "a macro walks a list of the row");
  if (macro === "exists-one" || macro === "filter" || macro === "map") {
    return at(node, "of macros, only `all` and `exists` can be asked of a row");
  }
  const item = typeof over.type === "object" && "list" in over.type ? over.type.list : "dyn";
  const isPlain = ["string", "int", "uint", "double", "bool"].some((name) => name === item);
  return isPlain ? check(body) : at(over, "its items are neither text, number nor bool");
}

/** The type of the attribute of the row that a node reads; undefined for every other node. */
function attributeOf(node: Checked): ConditionType | undefined {
  if (node.op !== "field" && node.op !== "has") return undefined;
  const { of, name } = node;
  if (of.op !== "input" || of.name !== "resource") return undefined;
  const { type } = of;
  return typeof type === "object" && "fields" in type ? type.fields[name]?.type : undefined;
}

function readsResource(node: Checked): boolean {
  return findNode(node, (part) => part.op === "input" && part.name === "resource") !== undefined;
}

function findNode(node: Checked, wanted: (node: Checked) => boolean): Checked | undefined {
  if (wanted(node)) return node;
  for (const part of partsOf(node)) {
    const found = findNode(part, wanted);
    if (found !== undefined) return found;
  }
  return undefined;
}

function at({ start, end }: Span, reason: string): Unfilterable {
  return { start, end, reason };
}
