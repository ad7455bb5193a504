import { createConvert } from "../../runtime/abi-conditions.js";
import type { Boxed, ConditionType } from "../../runtime/abi-conditions.js";
import { typeText } from "../../generator/conditions/types.js";
import { compileAll } from "./both-ends.js";
import type { Compiled } from "./both-ends.js";
import { readCoreCases } from "./core-cases.js";
import type { CelCase } from "./core-cases.js";
import { showValue } from "./show-value.js";

/** How the cases of the CEL specification came out, on both back ends alike. */
export interface ConformanceReport {
  readonly total: number;
  readonly accepted: number;
  readonly refused: readonly {
    readonly name: string;
    readonly text: string;
    readonly reason: string;
  }[];
  readonly wrong: readonly {
    readonly name: string;
    readonly text: string;
    readonly reason: string;
  }[];
}

export async function runCel(): Promise<ConformanceReport> {
  const cases = readCoreCases();
  const compiled = await compileAll(
    cases.map(({ text, types, container, isLoose }) => ({
      text,
      isLoose,
      declarations: { variables: types, container },
    })),
  );
  const outcomes = cases.map((item, index) => {
    const reason = judgeCase(item, compiled[index]);
    return { name: item.name, text: item.text, ...reason };
  });
  const refused = outcomes.filter(({ kind }) => kind === "refused");
  const wrong = outcomes.filter(({ kind }) => kind === "wrong");
  const strip = ({ name, text, reason }: (typeof outcomes)[number]) => ({ name, text, reason });
  return {
    total: cases.length,
    accepted: cases.length - refused.length - wrong.length,
    refused: refused.map(strip),
    wrong: wrong.map(strip),
  };
}

interface Outcome {
  readonly kind: "right" | "wrong" | "refused";
  readonly reason: string;
}

function judgeCase(item: CelCase, compiled: Compiled | undefined): Outcome {
  if (compiled?.ends === undefined) {
    return { kind: "refused", reason: compiled?.refusal ?? "not compiled" };
  }
  const { condition, closure, emitted } = compiled.ends;
  const { type, value, fails } = item.expected;
  const found = typeText(condition.root.type);
  if (type !== undefined && typeText(type) !== found) {
    return { kind: "wrong", reason: `is of type ${found}, not ${typeText(type)}` };
  }
  if (value === undefined && fails !== true) return { kind: "right", reason: "" };
  const inputs = inputsOf(item);
  const wanted = value === undefined ? "error" : showValue(value);
  for (const [name, run] of [
    ["closures", closure],
    ["emitted code", emitted],
  ] as const) {
    const answer = run(inputs);
    const isRight = fails === true ? answer.startsWith("error ") : answer === wanted;
    if (!isRight) return { kind: "wrong", reason: `${name}: ${answer}, not ${wanted}` };
  }
  return { kind: "right", reason: "" };
}

function inputsOf({ types, values }: CelCase): { readonly [name: string]: unknown } {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, inputOf(types[name] ?? "dyn", value)]),
  );
}

/** The value as an application would hand it over. */
function inputOf(type: ConditionType, value: Boxed): unknown {
  const plain = createConvert<unknown>("dyn", type)(value);
  const isTime = type === "timestamp" || type === "duration";
  return isTime && typeof plain === "number" ? BigInt(plain) : plain;
}
