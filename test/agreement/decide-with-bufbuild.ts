import { celEnv, isCelError, parse, plan, run } from "@bufbuild/cel";
import type { CelInput } from "@bufbuild/cel";
import type { ConditionInputs, DecideCondition } from "../oracle/condition-inputs.js";

/** Conditions by an implementation of CEL that is not ours. */
export function createDecider(): DecideCondition {
  const programs = new Map<string, ReturnType<typeof plan>>();
  const programOf = (text: string, isPlain: boolean) => {
    const key = `${isPlain} ${text}`;
    const found = programs.get(key);
    if (found !== undefined) return found;
    const program = plan(celEnv(), isPlain ? parse(text) : fromTheLeft(text));
    programs.set(key, program);
    return program;
  };
  return (text, inputs) => {
    const isPlain = inputs.request !== undefined || !/\brequest\b/.test(text);
    const value = programOf(text, isPlain)(Object.fromEntries(bindings(inputs)));
    if (isCelError(value)) return undefined;
    if (typeof value !== "boolean") throw new Error(`${text} is not a condition`);
    return value;
  };
}

type Expression = ReturnType<typeof parse>["expr"];

/**
 * Where there is no request, a condition is open as soon as it comes to read one, from the left: `&&` and `||`
 * stop early, and absorb nothing. `has(request.ip)` is false to this library where CEL calls it an error, so
 * what is read is something that misses for sure.
 */
function fromTheLeft(text: string): Expression {
  const { expr } = parse(text.replaceAll(/\brequest\./g, "principal.unknown."));
  stopEarly(expr);
  return expr;
}

/** Writes `a && b` as `a ? b : false`, and `a || b` as `a ? true : b`. */
function stopEarly(expression: Expression): void {
  const { exprKind } = expression;
  if (exprKind.case !== "callExpr") return;
  const { args } = exprKind.value;
  for (const part of args) stopEarly(part);
  const [left, right] = args;
  if (left === undefined || right === undefined) return;
  if (exprKind.value.function === "_&&_") {
    exprKind.value.args = [left, right, parse("false").expr];
    exprKind.value.function = "_?_:_";
  } else if (exprKind.value.function === "_||_") {
    exprKind.value.args = [left, parse("true").expr, right];
    exprKind.value.function = "_?_:_";
  }
}

/** Numbers are doubles to it: those that a policy declares as `int` are told by where they stand. */
const integers: ReadonlySet<string> = new Set(["level", "id"]);

function bindings(inputs: ConditionInputs | object): readonly (readonly [string, CelInput])[] {
  return Object.entries(inputs).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, toCel(value, name)] as const],
  );
}

function toCel(value: unknown, name: string): CelInput {
  if (value instanceof Date) {
    const moment = run("timestamp(text)", { text: value.toISOString() });
    if (isCelError(moment)) throw new Error("no moment");
    return moment;
  }
  if (typeof value === "number") return integers.has(name) ? BigInt(value) : value;
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.map((item) => toCel(item, ""));
  return new Map(bindings(Object(value)));
}
