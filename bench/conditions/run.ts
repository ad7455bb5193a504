import { SAMPLES, createContenders, ratiosOf } from "./contenders.js";
import type { Contender } from "./contenders.js";

// A small runner of its own: rounds in turn, so that a slow moment meets all alike; the median counts.

const ROUNDS = Number(process.argv[2] ?? 31);
const ROUND_MILLIS = 15;

const contenders = await createContenders();
const answers = new Set(contenders.map(({ decide }) => String(count(decide))));
if (answers.size !== 1) throw new Error("the contenders do not decide alike");

const turns = new Map(contenders.map(({ name, decide }) => [name, calibrate(decide)]));
const times = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
for (let round = 0; round < ROUNDS; round += 1) {
  for (const { name, decide } of contenders) {
    times.get(name)?.push(measure(decide, turns.get(name) ?? 1));
  }
}
const nanos = Object.fromEntries([...times].map(([name, list]) => [name, median(list)]));
const shown = Object.fromEntries(
  Object.entries(nanos).map(([name, value]) => [name, Math.round(value * 100) / 100]),
);
console.log(JSON.stringify({ nanoseconds: shown, ratios: ratiosOf(nanos) }, undefined, 2));

function count(decide: Contender["decide"]): number {
  let passed = 0;
  for (let at = 0; at < SAMPLES; at += 1) if (decide(at)) passed += 1;
  return passed;
}

/** Turns over all samples that fill a round. */
function calibrate(decide: Contender["decide"]): number {
  for (let turn = 0; turn < 200; turn += 1) count(decide);
  const nanosPerTurn = measure(decide, 50) * SAMPLES;
  return Math.max(1, Math.round((ROUND_MILLIS * 1e6) / nanosPerTurn));
}

function measure(decide: Contender["decide"], turns: number): number {
  let passed = 0;
  const start = process.hrtime.bigint();
  for (let turn = 0; turn < turns; turn += 1) passed += count(decide);
  const nanos = Number(process.hrtime.bigint() - start);
  if (passed === 0) throw new Error("nothing passed");
  return nanos / (turns * SAMPLES);
}

function median(list: readonly number[]): number {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;
}
