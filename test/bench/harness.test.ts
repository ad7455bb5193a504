import { describe, expect, it } from "vitest";
import { ArgumentError, readArguments } from "../../bench/harness/arguments.js";
import { AnswersDifferError, compareAnswers } from "../../bench/harness/compare-answers.js";
import { measureRounds, samplesOf } from "../../bench/harness/measure.js";
import { createRandom } from "../../bench/harness/random.js";
import { reportJson, reportText } from "../../bench/harness/report.js";

const result = {
  ratios: [
    { name: "vs_other", value: 7.123456, target: { atLeast: 7 } },
    { name: "growth", value: 2.6, target: { atMost: 2.5 } },
  ],
  tables: [{ title: "times", head: ["", "median"], rows: [["ours", "1"]] }],
};

const cases = ["GET /a", "GET /b"];

function compareWrong() {
  compareAnswers({ contender: "other", answers: ["1", "3"] }, ["1", "-1"], cases);
}

function draw(seed: number): readonly number[] {
  const random = createRandom(seed);
  return Array.from({ length: 20 }, () => random.below(1000));
}

describe("answers", () => {
  it("pass where they are the expected ones, or as many of the first as were asked for", () => {
    compareAnswers({ contender: "x", answers: ["1", "-1"] }, ["1", "-1"], cases);
    compareAnswers({ contender: "x", answers: ["1"] }, ["1", "-1"], cases);
  });

  it("end the run where one differs, naming the contender, the case and both answers", () => {
    expect(compareWrong).toThrow(AnswersDifferError);
    expect(compareWrong).toThrow("other answers 3 to GET /b, where the reference answers -1");
  });

  it("are no answers where there are none", () => {
    expect(() => compareAnswers({ contender: "x", answers: [] }, ["1", "1"], cases)).toThrow(
      AnswersDifferError,
    );
  });
});

describe("rounds", () => {
  it("run every task in each, the other way round in every other, and leave out the warm-up", async () => {
    const order: string[] = [];
    const tasks = ["a", "b", "c"].map((name) => ({
      name,
      units: 2,
      run: async () => {
        order.push(name);
      },
    }));
    const samples = await measureRounds(tasks, { rounds: 2, warmUps: 1 });
    expect(order.join("")).toBe("cbaabccba");
    expect([...samples.keys()]).toEqual(["a", "b", "c"]);
    expect(samplesOf(samples, "b")).toHaveLength(2);
    expect(() => samplesOf(samples, "d")).toThrow("d was not measured");
  });
});

describe("a report", () => {
  it("in JSON is one line with the benchmark's name and its ratios", () => {
    const line = reportJson({ name: "decide" }, result);
    expect(line).not.toContain("\n");
    expect(JSON.parse(line)).toEqual({
      bench: "decide",
      ratios: { vs_other: 7.12, growth: 2.6 },
    });
  });

  it("in text says of each ratio whether it is reached", () => {
    const text = reportText({ name: "decide", summary: "compares" }, result);
    const line = (name: string) => text.split("\n").find((each) => each.includes(name));
    expect(line("vs_other")).toMatch(/7\.12 +>= 7 +reached$/);
    expect(line("growth")).toMatch(/2\.6 +<= 2\.5 +MISSED$/);
    expect(text).toContain("times\n");
  });
});

describe("arguments", () => {
  it("are a name and options", () => {
    expect(readArguments(["decide", "--quick", "--json", "--seed", "7"], ["decide"])).toEqual({
      name: "decide",
      isQuick: true,
      isJson: true,
      seed: 7,
    });
  });

  it.each([[[]], [["unknown"]], [["decide", "build"]], [["decide", "--seed", "x"]], [["--fast"]]])(
    "%j are refused",
    (args) => {
      expect(() => readArguments(args, ["decide", "build"])).toThrow(ArgumentError);
    },
  );
});

describe("random draws", () => {
  it("depend on the seed alone", () => {
    expect(draw(3)).toEqual(draw(3));
    expect(draw(3)).not.toEqual(draw(4));
    expect(new Set(draw(0)).size).toBeGreaterThan(10);
  });
});
