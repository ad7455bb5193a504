import type { ConditionType } from "@gatewright/runtime/abi/conditions";
import type { CheckedCondition } from "./check-condition.js";
import { partsOf } from "./checked.js";
import type { Checked } from "./checked.js";
import type { Span } from "./syntax.js";

/** Why a part of a condition may have no value. */
export type ErrorCause =
  /** An optional attribute that nothing guards. */
  | "missing"
  /** A key that the map may not have. */
  | "no-such-key"
  | "out-of-bounds"
  | "overflow"
  | "divide-by-zero"
  /** A text or number that the conversion does not take. */
  | "invalid-value"
  /** A value whose type is known only when the condition runs. */
  | "wrong-type"
  | "repeated-key"
  /** The budget of an evaluation can be used up. */
  | "too-costly"
  | "unknown-name";

/** A part of a condition that can fail by itself, not only because a part of it does. */
export interface ErrorSource extends Span {
  readonly cause: ErrorCause;
}

/**
 * The parts of a condition that can leave it undecided. Three-valued: a failure that the rest of the condition
 * always outvotes, as in `x || true`, is none. Without sources a condition is true or false for every input.
 */
export function listErrorSources(condition: CheckedCondition): readonly ErrorSource[] {
  const found: ErrorSource[] = [];
  visit(condition.root, found);
  visitCosts(condition.root, found);
  const ordered = found.toSorted((a, b) => a.start - b.start || a.end - b.end);
  return ordered.filter((source, index) => {
    const before = ordered[index - 1];
    return (
      before?.start !== source.start || before.end !== source.end || before.cause !== source.cause
    );
  });
}

/** What a part can come out as. */
interface Outcomes {
  readonly true: boolean;
  readonly false: boolean;
}

function visit(node: Checked, found: ErrorSource[]): void {
  if (!node.canFail) return;
  const cause = causeOf(node);
  if (cause !== undefined) found.push({ start: node.start, end: node.end, cause });
  for (const part of relevantParts(node)) visit(part, found);
}

/** The budget is a limit that nothing outvotes. */
function visitCosts(node: Checked, found: ErrorSource[]): void {
  const { start, end } = node;
  if (node.op === "spend") found.push({ start, end, cause: "too-costly" });
  for (const part of partsOf(node)) visitCosts(part, found);
}

/** The parts whose failure can be the failure of the whole. */
function relevantParts(node: Checked): readonly Checked[] {
  switch (node.op) {
    case "and":
    case "and-absorbing":
    case "or":
    case "or-absorbing": {
      const decisive = node.op.startsWith("or");
      const { left, right } = node;
      // A side that always decides absorbs what the other one does; one that never lets the other be asked, too.
      if (always(left, decisive) || always(right, decisive)) return [];
      return [left, right];
    }
    case "choose":
      if (always(node.test, true)) return [node.yes];
      return always(node.test, false) ? [node.no] : [node.test, node.yes, node.no];
    case "each":
      return isEmpty(node.over) ? [] : [node.over, node.body];
    default:
      return partsOf(node);
  }
}

function isEmpty(node: Checked): boolean {
  return node.op === "list" && node.items.length === 0;
}

function always(node: Checked, value: boolean): boolean {
  if (node.canFail) {
    // It can fail by itself, unless a side of it decides alone.
    const decisive = node.op.startsWith("or");
    const isLogic = /^(?:and|or)/.test(node.op);
    return isLogic && decisive === value && partsOf(node).some((part) => always(part, value));
  }
  const outcomes = outcomesOf(node);
  return outcomes.true === value && outcomes.false !== value;
}

function outcomesOf(node: Checked): Outcomes {
  const open = { true: true, false: true };
  switch (node.op) {
    case "literal":
      if (node.value.type !== "bool") return open;
      return { true: node.value.value, false: !node.value.value };
    case "not": {
      const of = outcomesOf(node.of);
      return { true: of.false, false: of.true };
    }
    case "and":
    case "and-absorbing": {
      const [left, right] = [outcomesOf(node.left), outcomesOf(node.right)];
      return { true: left.true && right.true, false: left.false || right.false };
    }
    case "or":
    case "or-absorbing": {
      const [left, right] = [outcomesOf(node.left), outcomesOf(node.right)];
      return { true: left.true || right.true, false: left.false && right.false };
    }
    case "has":
      return isRequired(node.of.type, node.name) ? { true: true, false: false } : open;
    default:
      return open;
  }
}

function isRequired(type: ConditionType, name: string): boolean {
  return typeof type === "object" && "fields" in type && type.fields[name]?.optional !== true;
}

function causeOf(node: Checked): ErrorCause | undefined {
  switch (node.op) {
    case "field":
      return node.optional && !node.of.canFail ? "missing" : undefined;
    case "convert":
      return node.of.op !== "dynamic" && node.canFail && !node.of.canFail
        ? "wrong-type"
        : undefined;
    case "dynamic":
      return "wrong-type";
    case "map":
      return node.entries.flat().some((part) => part.canFail) ? undefined : "repeated-key";
    case "fail":
      return node.code === "unknown-name" ? "unknown-name" : "wrong-type";
    case "call":
      return node.args.some((arg) => arg.canFail) && !hasOwnCause(node.name)
        ? undefined
        : causeOfCall(node.name);
    default:
      return undefined;
  }
}

function hasOwnCause(name: string): boolean {
  return causeOfCall(name) !== undefined;
}

function causeOfCall(name: string): ErrorCause | undefined {
  if (name === "map.at") return "no-such-key";
  if (name === "list.at") return "out-of-bounds";
  const [, verb = ""] = name.split(".");
  if (verb === "divide" || verb === "remainder") return "divide-by-zero";
  if (
    verb.startsWith("add") ||
    verb.startsWith("subtract") ||
    ["multiply", "negate"].includes(verb)
  ) {
    return /^(?:int|uint|timestamp|duration)\./.test(name) ? "overflow" : undefined;
  }
  if (verb.startsWith("of-") || verb.endsWith("-in")) return "invalid-value";
  return undefined;
}
