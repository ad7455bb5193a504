import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type {
  EndOfSession,
  SessionStore,
  StoredSession,
} from "../../../runtime/sessions/session-store.js";
import { createMemorySessionStore } from "@gatewright/runtime/sessions/memory";
import { HOUR, newSession, submit } from "./session-examples.js";
import { sessionStoreCases } from "./session-store-cases.js";
import type { OpenedSessionStore } from "./session-store-cases.js";

const cases = (await sessionStoreCases()).filter(({ name }) => name !== "memory");
const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
const runs = Number(process.env["RUNS"] ?? 60);

/** Sessions are named by the order in which they began. */
const place = fc.nat({ max: 7 });
const subject = fc.constantFrom("u1", "u2");
const why = fc.constantFrom<EndOfSession>("logout", "killed", "displaced", "risk");
const short = fc.integer({ min: 1, max: 60 });

const begin = fc.record({
  kind: fc.constant("begin" as const),
  subject,
  idleFor: short,
  absoluteFor: fc.integer({ min: 1, max: 200 }),
  maxPerSubject: fc.integer({ min: 1, max: 4 }),
});
const step = fc.record({
  kind: fc.constant("step" as const),
  place,
  // Most submits are of what a client holds: the generation, or the one before it.
  behind: fc.constantFrom(0, 0, 0, 1, 1, 2, -1),
  retryFor: fc.constantFrom(0, 5, 10, 10),
  maxRetries: fc.nat({ max: 3 }),
  mayRetry: fc.constantFrom(true, true, true, false),
  idleFor: short,
  seen: fc.json(),
});
const wait = fc.record({ kind: fc.constant("wait" as const), for: fc.nat({ max: 12 }) });
const end = fc.record({ kind: fc.constant("end" as const), place, why });
const endAll = fc.record({
  kind: fc.constant("end-all" as const),
  subject,
  why,
  except: fc.option(place, { nil: undefined }),
});
const act = fc.oneof(
  { arbitrary: begin, weight: 3 },
  { arbitrary: step, weight: 12 },
  { arbitrary: wait, weight: 6 },
  { arbitrary: end, weight: 1 },
  { arbitrary: endAll, weight: 1 },
);
const history = fc.array(act, { minLength: 5, maxLength: 50 });
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

let clock = 0;
const now = () => clock;

describe.each(cases)("a random history on $name", ({ open }) => {
  let opened: OpenedSessionStore | undefined;
  beforeAll(async () => {
    opened = await open(now);
  });
  afterAll(() => opened?.close());

  it("comes to the verdicts of the memory store, which asks `stepSession`", async () => {
    await fc.assert(
      fc.asyncProperty(history, async (acts) => {
        // Ahead of Redis's own clock, by which it deletes what expired.
        const start = Date.now() + HOUR;
        const run = randomUUID();
        const memory = createMemorySessionStore({ now });
        const expected = await play(memory, acts, start, run);
        if (opened === undefined) throw new Error("no store is open");
        expect(await play(opened.store, acts, start, run)).toEqual(expected);
      }),
      { seed, numRuns: runs },
    );
  });
});

/** All that a store answers, without ids and epochs: when a store forgets a subject is its own affair. */
async function play(
  store: SessionStore,
  acts: readonly Act[],
  start: number,
  run: string,
): Promise<readonly unknown[]> {
  clock = start;
  const ids: string[] = [];
  const generations = new Map<string, number>();
  const epochs = new Map<string, number>();
  const idOf = (place: number) => ids[place % Math.max(1, ids.length)] ?? "nobody";
  const placesOf = (found: readonly string[]) => found.map((id) => ids.indexOf(id));
  const shown = (session: StoredSession | undefined) => {
    if (session === undefined) return undefined;
    const { id, epoch, subject, ...rest } = session;
    expect(epoch).toBeLessThanOrEqual(epochs.get(subject) ?? epoch);
    return [ids.indexOf(id), rest];
  };
  const risesTo = (subject: string, epoch: number) => {
    expect(epoch).toBeGreaterThanOrEqual(epochs.get(subject) ?? 0);
    epochs.set(subject, epoch);
  };
  const perform = async (act: Act): Promise<unknown> => {
    switch (act.kind) {
      case "wait":
        clock += act.for;
        return undefined;
      case "begin": {
        const { kind: _, ...changes } = act;
        const owner = `${run} ${act.subject}`;
        const fresh = newSession({ ...changes, subject: owner, id: `${run}-${ids.length}` });
        ids.push(fresh.id);
        const { session, displaced } = await store.create(fresh);
        risesTo(owner, session.epoch);
        return [shown(session), placesOf(displaced)];
      }
      case "step": {
        const { kind: _, place, behind, ...changes } = act;
        const id = idOf(place);
        const generation = (generations.get(id) ?? 0) - behind;
        const verdict = await store.step(id, submit(generation, changes));
        if ("generation" in verdict) generations.set(id, verdict.generation);
        return [verdict, shown(await store.read(id))];
      }
      case "end":
        return store.end(idOf(act.place), act.why);
      case "end-all": {
        const owner = `${run} ${act.subject}`;
        const except = act.except === undefined ? undefined : idOf(act.except);
        const { epoch, ended } = await store.endAll(owner, act.why, except);
        risesTo(owner, epoch);
        expect(epoch).toBeGreaterThanOrEqual(clock);
        return placesOf(ended);
      }
    }
  };
  const outcomes: unknown[] = [];
  for (const act of acts) outcomes.push([act.kind, await perform(act)]);
  for (const name of ["u1", "u2"]) {
    outcomes.push((await store.list(`${run} ${name}`)).map(shown));
  }
  return outcomes;
}
