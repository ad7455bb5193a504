import { createRandom } from "../harness/random.js";
import { measureRounds, samplesOf } from "../harness/measure.js";
import type { Task } from "../harness/measure.js";
import { median, pairedRatio } from "../harness/statistics.js";
import { createLine, createPino, openWriters } from "./contenders.js";
import { makeEvent, makeSimilarEvent } from "./make-event.js";
import type { BenchEvent } from "./make-event.js";
import { MASKED } from "./policy.js";

const EVENTS = 500;
/** As many lists of events as there are; a round takes the next. */
const LISTS = 24;
const WARM_UPS = 24;

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
  const sink = { bytes: 0, write: (line: string) => void (sink.bytes += line.length) };
  const logger = createPino(sink);
  const line = createLine(writers.straight);
  const tasks = Object.entries(kinds).flatMap(([kind, make]) => {
    const lists = Array.from({ length: LISTS }, () =>
      Array.from({ length: EVENTS }, () => make(random)),
    );
    for (const event of lists[0] ?? []) requireSame(event, ways);
    const taskOf = (name: string, each: (event: BenchEvent) => void): Task => {
      let turn = 0;
      return {
        name: `${kind} ${name}`,
        units: EVENTS,
        run: () => {
          for (const event of lists[turn % LISTS] ?? []) each(event);
          turn += 1;
        },
      };
    };
    return [
      ...Object.entries(ways).map(([name, way]) =>
        taskOf(name, (event) => {
          const json = way(event);
          // A text of joined pieces becomes one where a character is asked for: as a write would do.
          sink.bytes += json.charCodeAt(json.length - 1);
        }),
      ),
      taskOf("line", (event) => {
        const text = `${line(event).line}\n`;
        text.charCodeAt(text.length - 1);
        sink.write(text);
      }),
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
