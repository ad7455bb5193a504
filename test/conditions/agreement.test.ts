import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileAll } from "../conformance/both-ends.js";
import { expressionOf, inputs, variables } from "./arbitrary-expression.js";
import { askBufbuild } from "./bufbuild-oracle.js";

const kinds = [
  "bool",
  "bool",
  "int",
  "uint",
  "double",
  "string",
  "bytes",
  "ints",
  "map",
  "timestamp",
  "duration",
] as const;
const RUNS = 1200;
const SAMPLES = 3;
/** Every run draws the same, since the oracle has faults of its own to be met; another number draws others. */
const seed = Number(process.env["SEED"] ?? 1);

/** Which of several errors is reported is left open. */
function withoutCode(answer: string): string {
  return answer.replace(/^error .*/, "error");
}

describe("random well-typed expressions", () => {
  it("mean the same as closures, as emitted code and to @bufbuild/cel", async () => {
    // Compiling a thousand takes about as long as one, so they are drawn first.
    const arbitraries = kinds.flatMap((kind) =>
      [1, 2, 3].map((depth) => expressionOf(kind, depth)),
    );
    const texts = arbitraries.flatMap((arbitrary, index) =>
      fc.sample(arbitrary, { numRuns: RUNS / arbitraries.length, seed: seed + index }),
    );
    const samples = fc.sample(inputs, { numRuns: texts.length * SAMPLES, seed });
    const compiled = await compileAll(texts.map((text) => ({ text, declarations: { variables } })));
    const answers = samples.map((sample, index) => {
      const text = texts[Math.floor(index / SAMPLES)] ?? "";
      const result = compiled[Math.floor(index / SAMPLES)];
      if (result?.ends === undefined) return { seed, text, refusal: result?.refusal };
      const closure = withoutCode(result.ends.closure(sample));
      const emitted = withoutCode(result.ends.emitted(sample));
      return { seed, text, sample, closure, emitted, oracle: askBufbuild(text, sample) };
    });
    const differing = answers.filter(
      ({ closure, emitted, oracle }) =>
        closure === undefined || closure !== emitted || closure !== oracle,
    );
    expect(answers.length).toBeGreaterThan(3000);
    expect(answers.filter(({ closure }) => closure !== "error").length).toBeGreaterThan(2000);
    // The shortest one is the easiest to understand.
    expect(differing.toSorted((a, b) => a.text.length - b.text.length).slice(0, 3)).toEqual([]);
  });
});
