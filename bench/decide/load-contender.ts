import { performance } from "node:perf_hooks";
import { compareAnswers } from "../harness/compare-answers.js";
import type { Task } from "../harness/measure.js";
import type { Contender, DecideLater, Loaded } from "./contender.js";
import { describeRequest, expectedAnswers } from "./reference.js";
import type { MixRequest, RequestMix } from "./request-mix.js";
import type { RouteTable } from "./route-table.js";

/** A table with the requests to it and what must be answered. */
export interface Problem {
  readonly table: RouteTable;
  readonly mix: RequestMix;
  readonly expected: readonly number[];
}

export function createProblem(table: RouteTable, mix: RequestMix): Problem {
  return { table, mix, expected: expectedAnswers(table, mix) };
}

/** How long one run of a task shall take where the whole mix would take longer, in milliseconds. */
const RUN_TIME = 60;

/** At the least, so many requests are compared and timed. */
const MIN_REQUESTS = 5;

/**
 * Loads a contender, compares its answers, and makes its task: the whole mix, or as much of it as fits.
 *
 * @throws AnswersDifferError
 */
export async function loadContender(contender: Contender, problem: Problem): Promise<Task> {
  const { table, mix, expected } = problem;
  const loaded = await contender.load(table, mix.callers);
  const start = performance.now();
  const answers: number[] = [];
  for (const { method, target, caller } of mix.requests) {
    answers.push(await loaded.decide(method, target, caller));
    // A slow one is compared for ten runs' worth.
    if (performance.now() - start > RUN_TIME * 10 && answers.length >= MIN_REQUESTS) break;
  }
  const told = (answer: number) => String(contender.tellsRoute ? answer : passes(answer));
  compareAnswers(
    { contender: contender.name, answers: answers.map(loaded.tableAnswer ?? asTold).map(told) },
    expected.map(told),
    mix.requests.map((request) => describeRequest(request, mix.callers)),
  );
  const perRequest = (performance.now() - start) / answers.length;
  const fitting = Math.max(MIN_REQUESTS, Math.floor(RUN_TIME / perRequest));
  return createTask(contender.name, loaded, mix.requests.slice(0, fitting));
}

function passes(answer: number): number {
  return answer === -1 ? 0 : answer & 1;
}

function asTold(answer: number): number {
  return answer;
}

function createTask(name: string, loaded: Loaded, requests: readonly MixRequest[]): Task {
  const check = (sum: number) => {
    // So that no decision can be left out as unused.
    if (Number.isNaN(sum)) throw new Error(`${name} answers no number`);
  };
  if (loaded.kind === "async") {
    const { decide } = loaded;
    return {
      name,
      units: requests.length,
      run: async () => check(await sumLater(decide, requests)),
    };
  }
  const { decide } = loaded;
  const run = () => {
    let sum = 0;
    for (const { method, target, caller } of requests) sum += decide(method, target, caller);
    check(sum);
  };
  return { name, units: requests.length, run };
}

async function sumLater(decide: DecideLater, requests: readonly MixRequest[]): Promise<number> {
  let sum = 0;
  for (const { method, target, caller } of requests) {
    const answer = decide(method, target, caller);
    sum += typeof answer === "number" ? answer : await answer;
  }
  return sum;
}
