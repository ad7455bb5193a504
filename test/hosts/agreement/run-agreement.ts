import type { RequestRecord } from "@gatewright/runtime";
import type { HostName } from "../host-apps/host-app.js";
import { createAskHost } from "./ask-host.js";
import { createCast } from "./callers.js";
import type { Cast } from "./callers.js";
import { judge } from "./judge.js";
import { addToMix, emptyMix } from "./measure-mix.js";
import type { Mix } from "./measure-mix.js";
import { createRandom, partSeed } from "./random.js";
import { randomTrial } from "./random-trial.js";
import type { Trial } from "./random-trial.js";
import { randomScenario } from "./scenario.js";
import type { Scenario } from "./scenario.js";
import { serveScenario } from "./serve-scenario.js";
import type { Outcome } from "./serve-scenario.js";
import { shrink } from "./shrink.js";

/** Requests to one application, before the next one is made. */
const REQUESTS_PER_SCENARIO = 500;

export interface Counterexample {
  /** What is wrong, in words. */
  readonly verdict: string;
  readonly scenario: Scenario;
  /** One request where it alone shows the fault, else all that were sent to the application. */
  readonly trials: readonly Trial[];
}

export interface AgreementReport {
  readonly host: HostName;
  readonly seed: number;
  readonly mix: Mix;
  readonly counterexample: Counterexample | undefined;
}

export interface AgreementOptions {
  readonly host: HostName;
  readonly requests: number;
  readonly seed: number;
  /** Whether a counterexample is told as it was found. */
  readonly quick: boolean;
}

/** Sends random requests to random applications of a host until enough were sent or one came out wrong. */
export async function runAgreement(options: AgreementOptions): Promise<AgreementReport> {
  const { host, requests, seed, quick } = options;
  const cast = await createCast();
  let mix = emptyMix;
  for (let part = 0; mix.requests < requests; part += 1) {
    const random = createRandom(partSeed(seed, part));
    const scenario = randomScenario(random, host);
    const count = Math.min(REQUESTS_PER_SCENARIO, requests - mix.requests);
    const trials = Array.from({ length: count }, () =>
      randomTrial(random, scenario.table, cast.callers),
    );
    const { outcomes, wrong } = await tryScenario(scenario, trials, cast);
    mix = addToMix(mix, scenario.table, trials, outcomes);
    const [first] = wrong;
    if (first !== undefined) {
      const found = { ...first, scenario, trials };
      const counterexample = quick
        ? { verdict: first.verdict, scenario, trials: [first.trial] }
        : await shrink(found, (smaller, sent) => tryScenario(smaller, sent, cast));
      return { host, seed, mix, counterexample };
    }
  }
  return { host, seed, mix, counterexample: undefined };
}

/** A request that came out wrong. */
export interface Wrong {
  readonly verdict: string;
  readonly trial: Trial;
}

export interface Tried {
  readonly outcomes: readonly Outcome[];
  readonly wrong: readonly Wrong[];
}

/** Serves one scenario and judges every outcome. */
async function tryScenario(
  scenario: Scenario,
  trials: readonly Trial[],
  { environment }: Cast,
): Promise<Tried> {
  const served = await serveScenario(scenario, trials, environment);
  const { outcomes, records, isDrained } = served;
  const byId = new Map<string, readonly RequestRecord[]>();
  for (const record of records) byId.set(record.id, [...(byId.get(record.id) ?? []), record]);
  const askHost = createAskHost(scenario);
  const wrong = trials.flatMap((trial, index): readonly Wrong[] => {
    const outcome = outcomes[index];
    if (outcome === undefined) return [];
    const own = byId.get(outcome.recordId ?? "") ?? [];
    const verdict = judge({ scenario, trial, outcome, records: own, askHost });
    return verdict === undefined ? [] : [{ verdict, trial }];
  });
  const [trial] = trials;
  const verdict = "a request stayed open when its connection was gone";
  const isStuck = !isDrained && wrong.length === 0 && trial !== undefined;
  return { outcomes, wrong: isStuck ? [{ verdict, trial }] : wrong };
}
