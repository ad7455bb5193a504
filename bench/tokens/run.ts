import { measureRounds, samplesOf } from "../harness/measure.js";
import type { Task } from "../harness/measure.js";
import { median } from "../harness/statistics.js";
import { createCaches, createContenders, createRaw } from "./contenders.js";
import type { Contender } from "./contenders.js";
import { TOKENS, createTokenSet, refusals } from "./token-set.js";
import type { BenchAlgorithm, TokenSet } from "./token-set.js";

const WARM_UPS = 3;
const rounds = Number(process.argv[2] ?? 15);
const found: Record<string, number> = {};
for (const algorithm of ["HS256", "Ed25519"] as const) {
  const set = createTokenSet(algorithm, Math.floor(Date.now() / 1000));
  const contenders = createContenders(set);
  for (const contender of contenders) await requireSameAnswers(contender, set);
  const tasks = [rawTask(set), ...contenders.flatMap((contender) => tasksOf(contender, set))];
  const samples = await measureRounds(tasks, { rounds, warmUps: WARM_UPS });
  for (const { name } of tasks) found[name] = median(samplesOf(samples, name));
}
const cached = createTokenSet("HS256", Math.floor(Date.now() / 1000));
const cacheTasks = (await createCaches(cached)).map((contender) => freshTask(contender, cached));
const cacheSamples = await measureRounds(cacheTasks, { rounds, warmUps: WARM_UPS });
for (const { name } of cacheTasks) found[name] = median(samplesOf(cacheSamples, name));
console.log(JSON.stringify(found));

/** Good tokens pass; and none that any of the benchmark's checks is about. */
async function requireSameAnswers({ name, verify }: Contender, set: TokenSet): Promise<void> {
  const kinds = [["good", set.good] as const, ...Object.entries(set.bad)];
  for (const [kind, tokens] of kinds) {
    // The others are handed their key, and have none to look for.
    if (kind === "key" && name !== "gatewright" && name !== "jose") continue;
    for (const token of tokens) {
      if ((await verify(token)) === (kind === "good")) continue;
      throw new Error(`${name} answers otherwise for ${set.algorithm}, ${kind}`);
    }
  }
}

/** Tokens of each kind for gatewright; the good ones for the others. */
function tasksOf(contender: Contender, set: TokenSet): readonly Task[] {
  const own = taskOf(`${set.algorithm} ${contender.name}`, contender, set.good);
  if (contender.name !== "gatewright") return [own];
  return [
    own,
    ...refusals.map((kind) =>
      taskOf(`${set.algorithm} refused: ${kind}`, contender, set.bad[kind]),
    ),
  ];
}

function taskOf(name: string, { verify }: Contender, tokens: readonly string[]): Task {
  const turns = turnsFor(name.startsWith("HS256") ? "HS256" : "Ed25519");
  const [sample] = tokens;
  const isAsync = sample !== undefined && verify(sample) instanceof Promise;
  return {
    name,
    units: turns * TOKENS,
    run: isAsync
      ? async () => {
          for (let turn = 0; turn < turns; turn += 1)
            for (const token of tokens) await verify(token);
        }
      : () => {
          for (let turn = 0; turn < turns; turn += 1) for (const token of tokens) verify(token);
        },
  };
}

/** Each token as a string that was never seen before, as every request brings one. */
function freshTask({ name, verify }: Contender, { good }: TokenSet): Task {
  const bytes = good.map((token) => Buffer.from(token));
  const turns = 4;
  const freshOnes = () => Array.from({ length: turns }, () => bytes.map(String)).flat();
  const pool = Array.from({ length: rounds + WARM_UPS }, freshOnes);
  return {
    name,
    units: turns * TOKENS,
    run: () => {
      for (const token of pool.pop() ?? []) verify(token);
    },
  };
}

function rawTask(set: TokenSet): Task {
  const turns = turnsFor(set.algorithm);
  const raw = createRaw(set);
  if (raw() !== TOKENS) throw new Error("the raw primitive refuses a good signature");
  return {
    name: `${set.algorithm} raw`,
    units: turns * TOKENS,
    run: () => {
      for (let turn = 0; turn < turns; turn += 1) raw();
    },
  };
}

/** A round of a contender takes a few hundredths of a second. */
function turnsFor(algorithm: BenchAlgorithm): number {
  return algorithm === "HS256" ? 8 : 1;
}
