import { setImmediate } from "node:timers/promises";

/** One thing to be timed. A run does `units` units of work, such as decisions. */
export interface Task {
  readonly name: string;
  readonly units: number;
  run(): void | Promise<void>;
}

/** Nanoseconds per unit, one value for each round. */
export type Samples = ReadonlyMap<string, readonly number[]>;

/**
 * Times all tasks in each round, one after the other: what disturbs the machine meets all of them
 * alike. Every other round goes backwards, so that none always follows the same neighbour.
 */
export async function measureRounds(
  tasks: readonly Task[],
  options: { readonly rounds: number; readonly warmUps: number },
): Promise<Samples> {
  const samples = new Map<string, number[]>(tasks.map(({ name }) => [name, []]));
  for (let round = -options.warmUps; round < options.rounds; round += 1) {
    for (const task of round % 2 === 0 ? tasks : tasks.toReversed()) {
      const nanoseconds = await timeTask(task);
      if (round >= 0) samples.get(task.name)?.push(nanoseconds / task.units);
    }
  }
  return samples;
}

async function timeTask(task: Task): Promise<number> {
  // Timers and collections that the last task left behind are not charged to this one.
  await setImmediate();
  const start = process.hrtime.bigint();
  const pending = task.run();
  if (pending !== undefined) await pending;
  return Number(process.hrtime.bigint() - start);
}

/** The samples of a task that was measured; asking for another one is a bug. */
export function samplesOf(samples: Samples, name: string): readonly number[] {
  const found = samples.get(name);
  if (found === undefined) throw new Error(`${name} was not measured`);
  return found;
}
