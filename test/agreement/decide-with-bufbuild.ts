import { celEnv, isCelError, parse, plan, run } from "@bufbuild/cel";
import type { CelInput } from "@bufbuild/cel";
import type { ConditionInputs, DecideCondition } from "../oracle/condition-inputs.js";

type Expression = ReturnType<typeof parse>["expr"];
type Program = (inputs: ConditionInputs) => boolean | undefined;

/** Conditions by an implementation of CEL that is not ours. */
export function createDecider(): DecideCondition {
  const programs = new Map<string, Program>();
  const programOf = (text: string, open: typeof openProgram) => {
    const key = `${open.name} ${text}`;
    const program = programs.get(key) ?? open(parse(text).expr);
    programs.set(key, program);
    return program;
  };
  return (text, inputs) => {
    const open = inputs.request === undefined ? openWithoutRequest : openProgram;
    return programOf(text, open)(inputs);
  };
}

function openProgram(expression: Expression): Program {
  const program = plan(celEnv(), expression);
  return (inputs) => {
    const value = program(Object.fromEntries(bindings(inputs)));
    if (isCelError(value)) return undefined;
    if (typeof value !== "boolean") throw new Error("not a condition");
    return value;
  };
}

/** Where there is no request, a condition is open as soon as it comes to read one, from the left. */
function openWithoutRequest(expression: Expression): Program {
  const program = openPart(expression);
  return (inputs) => {
    const value = program(inputs);
    return value === "request" ? undefined : value;
  };
}

type PartProgram = (inputs: ConditionInputs) => boolean | undefined | "request";

function openPart(expression: Expression): PartProgram {
  const { case: kind, value: call } = expression.exprKind;
  if (kind === "callExpr") {
    const [left, right] = call.args.map(openPart);
    if (call.function === "_||_" && left && right) return decidedBy(true, left, right);
    if (call.function === "_&&_" && left && right) return decidedBy(false, left, right);
    if (call.function === "!_" && left) {
      return (inputs) => {
        const value = left(inputs);
        return typeof value === "boolean" ? !value : value;
      };
    }
  }
  return readsRequest(expression) ? () => "request" : openProgram(expression);
}

/** `||` and `&&`: one side is enough if it is the value that decides, whatever the other fails with. */
function decidedBy(deciding: boolean, left: PartProgram, right: PartProgram): PartProgram {
  return (inputs) => {
    const first = left(inputs);
    if (first === deciding || first === "request") return first;
    const second = right(inputs);
    if (second === deciding || second === "request") return second;
    return first === undefined || second === undefined ? undefined : !deciding;
  };
}

function readsRequest(expression: Expression): boolean {
  const text = JSON.stringify(expression, (_, value: unknown) =>
    typeof value === "bigint" ? Number(value) : value,
  );
  return text.includes('"name":"request"');
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
