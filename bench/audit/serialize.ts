import { createRandom } from "../harness/random.js";
import { measureRounds, samplesOf } from "../harness/measure.js";
import type { Task } from "../harness/measure.js";
import { median, pairedRatio } from "../harness/statistics.js";
import { createPino, openWriters } from "./contenders.js";
import { makeEvent, makeSimilarEvent } from "./make-event.js";
import type { BenchEvent } from "./make-event.js";
import { MASKED } from "./policy.js";

const EVENTS = 500;
const WARM_UPS = 40;

/** In one process: JSON in memory, and lines to a sink that keeps their length. */
export async function measureSerialize(
  prepared: string,
  { seed, rounds }: { readonly seed: number; readonly rounds: number },
): Promise<Readonly<Record<string, unknown>>> {
  const writers = await openWriters(prepared);
  const random = createRandom(seed);
  const kinds = { own: makeEvent, similar: makeSimilarEvent };
  const context = { tenant: "", now: Date.now() };
  const jsonBy = (write: (typeof writers)["straight"]) => (event: BenchEvent) => {
    const written = write(event, context);
    if (!written.ok) throw new Error(`an event was refused at ${written.fault.path}`);
    return written.json;
  };
  const ways = {
    stringify: (event: BenchEvent) => JSON.stringify(event),
    straight: jsonBy(writers.straight),
    loop: jsonBy(writers.loop),
    hashed: jsonBy(writers.hashed),
  };
  // A text of joined pieces becomes one where a character is asked for: as a write would do.
  const take = (text: string): void => {
    sink.bytes += text.charCodeAt(text.length - 1);
  };
  const sink = { bytes: 0, write: take };
  const logger = createPino(sink);
  // With what pino puts around an event: a time.
  const line = (event: BenchEvent) =>
    `{"data":${ways.straight(event)},"level":30,"time":${Date.now()}}\n`;
  const tasks = Object.entries(kinds).flatMap(([kind, make]) => {
    let events: readonly BenchEvent[] = [];
    // Young, as the events of a request are: a round makes its own.
    const renew = (): void => {
      events = Array.from({ length: EVENTS }, () => make(random));
      // What making them left behind is not charged to whoever comes next.
      globalThis.gc?.();
    };
    renew();
    for (const event of events) requireSame(event, ways);
    const taskOf = (name: string, each: (event: BenchEvent) => void): Task => {
      const run = (): void => {
        for (const event of events) each(event);
      };
      return { name: `${kind} ${name}`, units: EVENTS, run };
    };
    const renewal = { name: `${kind} renewal`, units: 1, run: renew };
    return [
      renewal,
      ...Object.entries(ways).map(([name, way]) => taskOf(name, (event) => take(way(event)))),
      taskOf("line", (event) => take(line(event))),
      taskOf("pino", (event) => logger.info(event)),
    ];
  });
  const samples = await measureRounds(tasks, { rounds, warmUps: WARM_UPS });
  const ratioOf = (above: string, below: string) =>
    pairedRatio(samplesOf(samples, above), samplesOf(samples, below));
  return {
    nanoseconds: Object.fromEntries(
      tasks.map(({ name }) => [name, median(samplesOf(samples, name))]),
    ),
    vsStringify: ratioOf("own straight", "own stringify"),
    vsPino: ratioOf("own pino", "own line"),
    similarVsStringify: ratioOf("similar straight", "similar stringify"),
    loopVsStringify: ratioOf("own loop", "own stringify"),
  };
}

/** Both writers say the same, in the order of RFC 8785; what is not masked is what was given, the rest is not. */
function requireSame(
  event: BenchEvent,
  { straight, loop }: Readonly<Record<"straight" | "loop", (event: BenchEvent) => string>>,
): void {
  const json = straight(event);
  const read: Readonly<Record<string, unknown>> = JSON.parse(json);
  const masked = new Set<string>(MASKED);
  const isSame = Object.keys(event).every(
    (name) => (JSON.stringify(read[name]) === JSON.stringify(event[name])) !== masked.has(name),
  );
  const isSorted = Object.keys(read).join() === Object.keys(event).toSorted().join();
  if (json === loop(event) && isSame && isSorted) return;
  throw new Error(`an event is written otherwise: ${json}`);
}
