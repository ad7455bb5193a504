import { fileURLToPath } from "node:url";
import { Script } from "node:vm";
import { build } from "esbuild";
import { checkCondition } from "../../generator/conditions/check-condition.js";
import type { CheckedCondition } from "../../generator/conditions/check-condition.js";
import { emitConditions } from "../../generator/conditions/emit-conditions.js";
import type { ConditionDeclarations } from "../../generator/conditions/scope.js";
import { serializeCondition } from "../../generator/conditions/serialize-condition.js";
import { buildExpression, createConvert } from "../../runtime/abi-conditions.js";
import type { Boxed, ConditionInputs } from "../../runtime/abi-conditions.js";
import { showValue } from "./show-value.js";

/** An expression as it is handed to both back ends. */
export interface Expression {
  readonly text: string;
  readonly declarations: ConditionDeclarations;
  readonly isLoose?: boolean;
}

/** What an expression evaluates to, as text: by closures from the snapshot's form, and by emitted TypeScript. */
export interface Ends {
  readonly condition: CheckedCondition;
  readonly closure: (inputs: ConditionInputs) => string;
  readonly emitted: (inputs: ConditionInputs) => string;
}

export type Compiled =
  | { readonly ends: Ends }
  | { readonly ends?: undefined; readonly refusal: string };

type Emitted = { readonly [name: string]: (inputs: ConditionInputs) => unknown };

/** Compiles all expressions at once, since one bundle takes as long as a thousand. */
export async function compileAll(expressions: readonly Expression[]): Promise<readonly Compiled[]> {
  const checked = expressions.map(({ text, declarations, isLoose }) =>
    checkCondition(text, {
      declarations,
      result: "any",
      typing: isLoose === true ? "loose" : "strict",
    }),
  );
  const named = checked.flatMap(({ condition }, index) =>
    condition === undefined ? [] : [{ name: `expression${index}`, condition }],
  );
  const emitted = await loadCode(
    `type Inputs = any;\n${emitConditions(named, { inputsType: "Inputs" })}`,
  );
  return checked.map(({ condition, mistakes }, index) => {
    if (condition === undefined) {
      const [first] = mistakes;
      return { refusal: `${first?.code}: ${first?.message}` };
    }
    const tree: unknown = JSON.parse(JSON.stringify(serializeCondition(condition)));
    const { evaluate } = buildExpression(tree);
    const run = emitted[`expression${index}`];
    if (run === undefined) throw new Error("a function was not emitted");
    const box = createConvert<Boxed>(condition.root.type, "dyn");
    const show = (value: unknown) =>
      isFailure(value) ? `error ${value.code}` : showValue(box(value));
    return {
      ends: {
        condition,
        closure: (inputs) => show(evaluate(inputs)),
        emitted: (inputs) => show(run(inputs)),
      },
    };
  });
}

/** The emitted code runs with a copy of the runtime, whose errors are of another class. */
function isFailure(value: unknown): value is { readonly code: string } {
  return value instanceof Error && value.name === "ConditionError" && "code" in value;
}

/** Loads TypeScript from memory, bundled with the runtime that it needs. */
export async function loadCode(code: string): Promise<Emitted> {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: root, loader: "ts" },
    absWorkingDir: root,
    alias: { "@gatewright/runtime/abi/conditions": "./runtime/abi-conditions.ts" },
    bundle: true,
    format: "iife",
    globalName: "emitted",
    platform: "node",
    target: "node20",
    charset: "utf8",
    write: false,
    logLevel: "error",
  });
  const text = new TextDecoder().decode(outputFiles[0]?.contents);
  // In the realm of the tests, so that arrays and bytes of both are alike.
  const module: Emitted = new Script(`(() => {${text}\nreturn emitted;})()`).runInThisContext();
  return module;
}
