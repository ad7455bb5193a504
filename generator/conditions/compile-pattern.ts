import type { PatternProgram, PatternStep } from "@gatewright/runtime/abi/conditions";
import { PatternError, parsePattern } from "./parse-pattern.js";
import type { PatternNode } from "./pattern-syntax.js";

/** The runtime refuses longer programs: a text takes time by its length times this. */
const MAX_STEPS = 1000;

export type CompiledPattern =
  | { readonly program: PatternProgram }
  | {
      readonly program?: undefined;
      readonly message: string;
      /** Offsets in the pattern. */
      readonly start: number;
      readonly end: number;
    };

/** Makes a program of a regular expression (Thompson's construction). */
export function compilePattern(source: string): CompiledPattern {
  try {
    const code: Code = { steps: [], turns: 0 };
    emit(parsePattern(source), code);
    code.steps.push(["match"]);
    return { program: { source, code: code.steps } };
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    const { message, start, end } = error;
    return { message, start, end };
  }
}

interface Code {
  readonly steps: PatternStep[];
  /** Parts that were visited: a repetition of nothing adds no step, and takes time too. */
  turns: number;
}

function emit(node: PatternNode, code: Code): void {
  code.turns += 1;
  if (code.steps.length >= MAX_STEPS || code.turns > 10 * MAX_STEPS) {
    throw new PatternError(
      `the pattern takes more than ${MAX_STEPS} steps`,
      0,
      Number.MAX_SAFE_INTEGER,
    );
  }
  switch (node.kind) {
    case "class":
      code.steps.push(["char", node.ranges]);
      return;
    case "assert":
      code.steps.push(["assert", node.assertion]);
      return;
    case "sequence":
      for (const part of node.parts) emit(part, code);
      return;
    case "choice":
      emitChoice(node.parts, code);
      return;
    default:
      emitRepeat(node, code);
  }
}

function emitChoice(parts: readonly PatternNode[], code: Code): void {
  const ends: number[] = [];
  for (const [index, part] of parts.entries()) {
    const split = code.steps.length;
    const isLast = index === parts.length - 1;
    if (!isLast) code.steps.push(["match"]);
    emit(part, code);
    if (isLast) break;
    ends.push(code.steps.length);
    code.steps.push(["match"]);
    code.steps[split] = ["split", split + 1, code.steps.length];
  }
  for (const end of ends) code.steps[end] = ["jump", code.steps.length];
}

function emitRepeat(node: Extract<PatternNode, { kind: "repeat" }>, code: Code): void {
  for (let count = 0; count < node.min; count += 1) emit(node.of, code);
  if (node.max === Number.POSITIVE_INFINITY) {
    const split = code.steps.length;
    code.steps.push(["match"]);
    emit(node.of, code);
    code.steps.push(["jump", split]);
    code.steps[split] = ["split", split + 1, code.steps.length];
    return;
  }
  const splits: number[] = [];
  for (let count = node.min; count < node.max; count += 1) {
    splits.push(code.steps.length);
    code.steps.push(["match"]);
    emit(node.of, code);
  }
  for (const split of splits) code.steps[split] = ["split", split + 1, code.steps.length];
}
