import { comment } from "../5-emit/comment.js";
import { literal } from "../5-emit/literal.js";
import type { CheckedCondition } from "./check-condition.js";
import { createPrinter } from "./printer.js";
import type { Printer } from "./printer.js";
import { printNode } from "./print-node.js";
import { braces, layOut } from "./layout.js";
import type { Printed } from "./layout.js";

/** A condition that gets a function of its own. */
export interface NamedCondition {
  /** The name of the function; an identifier that the caller made. */
  readonly name: string;
  readonly condition: CheckedCondition;
  /** Printed above the function, for example where it stands in the policy. */
  readonly note?: string;
  /** The type with all inputs, where it is another than that of the file. */
  readonly inputsType?: string;
}

export interface EmitOptions {
  /** The type with all inputs, which the generated file declares or imports. */
  readonly inputsType: string;
  /** Names of the generated file that its conditions must not hide. */
  readonly taken?: readonly string[];
  /** Where the functions of the runtime come from. */
  readonly from?: string;
}

/**
 * TypeScript with a function for each condition. A function answers true, false or why it cannot be decided, and
 * does not throw. Text of the policy reaches it in literals and comments only.
 */
export function emitConditions(
  conditions: readonly NamedCondition[],
  options: EmitOptions,
): string {
  const taken = [
    ...(options.taken ?? []),
    options.inputsType,
    ...conditions.map(({ name }) => name),
  ];
  const printer = createPrinter(taken);
  const functions = conditions.map((condition) => printFunction(condition, printer, options));
  const values = [...printer.used].toSorted();
  const types = [...printer.usedTypes].toSorted().map((name) => `type ${name}`);
  const from = literal(options.from ?? "@gatewright/runtime/abi/conditions");
  const imports = braces([...values, ...types], "import ", ` from ${from};`);
  return `${[imports, printer.hoisted.join("\n"), ...functions].filter((part) => part !== "").join("\n\n")}\n`;
}

function printFunction(
  { name, condition, note, inputsType }: NamedCondition,
  printer: Printer,
  options: EmitOptions,
): string {
  const { reads, root, text } = condition;
  const inputs = new Map(reads.map((read) => [read, printer.nameFor(read)]));
  const bound = reads.map((read) => {
    const local = inputs.get(read) ?? read;
    return local === read ? read : `${literal(read)}: ${local}`;
  });
  const keys = reads.map((read) => literal(read)).join(" | ");
  const context = {
    inputs,
    locals: new Map(),
    narrowed: new Set<string>(),
    usesSteps: { value: false },
  };
  const printed = printNode(root, context, printer);
  const steps = context.usesSteps.value
    ? `    const steps = ${printer.use("startSteps")}();\n`
    : "";
  printer.use("toConditionError");
  printer.useType("ConditionError");
  const lines = [note, text]
    .filter((line) => line !== undefined)
    .map((line) => ` * ${comment(line)}`);
  const result = root.type === "bool" ? "boolean | ConditionError" : "unknown";
  return [
    "/**",
    ...lines,
    " */",
    reads.length === 0
      ? `export function ${name}(): ${result} {`
      : braces(
          bound,
          `export function ${name}(`,
          `: Pick<${inputsType ?? options.inputsType}, ${keys}>): ${result} {`,
        ),
    "  try {",
    `${steps}    return ${printReturn(printed)};`,
    "  } catch (error) {",
    "    return toConditionError(error);",
    "  }",
    "}",
  ].join("\n");
}

/** Chains that take several lines stand in parentheses, and a line deeper. */
function printReturn(printed: Printed): string {
  const before = "return ;".length;
  const isChain = printed.level === 3 || printed.level === 4;
  const fits = `    return ${printed.code};`.length <= 100;
  if (fits || !isChain) return layOut(printed, "    ", before);
  return `(\n      ${layOut({ ...printed, code: " ".repeat(100) + printed.code }, "      ")}\n    )`;
}
