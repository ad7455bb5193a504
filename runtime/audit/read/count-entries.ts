import type { AuditEntry, Batch, Trouble } from "./audit-entry.js";
import { createNumberCounter } from "./count-numbers.js";
import type { NumberCounts } from "./count-numbers.js";
import * as facts from "./facts.js";
import { createFilter } from "./filter-entries.js";
import type { AuditFilter } from "./filter-entries.js";
import { readSinkStates } from "./read-sink-states.js";
import type { SinkCounts } from "./read-sink-states.js";
import { readSource } from "./source.js";
import type { AuditSource } from "./source.js";
import { createTally } from "./tally.js";
import type { Tally, TallyRow } from "./tally.js";

export interface AuditStats {
  /** Events that fit the filter; all that follows, but `numbers` and `sinks`, is about these. */
  readonly events: number;
  /** Earliest and latest time, as the lines have them; null where none has one. */
  readonly first: string | null;
  readonly last: string | null;
  readonly types: readonly TallyRow[];
  readonly categories: readonly TallyRow[];
  readonly decisions: readonly TallyRow[];
  /** Class of the status, such as `2xx`. */
  readonly statuses: readonly TallyRow[];
  readonly routes: readonly TallyRow[];
  readonly actors: readonly TallyRow[];
  /** Refused requests, by route and reason. */
  readonly denials: readonly TallyRow[];
  readonly numbers: NumberCounts;
  /** Where the folder has states of deliveries. */
  readonly sinks: readonly SinkCounts[];
  /** What could not be read, by why. */
  readonly passed: Readonly<Partial<Record<Trouble, number>>>;
}

export interface StatsOptions {
  readonly filter: AuditFilter;
  /** Rows of routes, actors and denials. */
  readonly top: number;
  /** Hears of every batch, before it is counted. */
  readonly onBatch?: (batch: Batch) => void;
}

/** Reads all of a source once, in bounded memory. */
export async function countEntries(
  source: AuditSource,
  options: StatsOptions,
): Promise<AuditStats> {
  const { filter, top, onBatch } = options;
  const isWanted = createFilter(filter);
  const counter = createCounter();
  const numbers = createNumberCounter();
  const sinks = await readSinkStates(source);
  const passed: Partial<Record<Trouble, number>> = {};
  for await (const batch of readSource(source)) {
    onBatch?.(batch);
    for (const { trouble } of batch.passed) passed[trouble] = (passed[trouble] ?? 0) + 1;
    numbers.add(batch);
    for (const entry of batch.entries) {
      for (const sink of sinks) sink.look(entry);
      if (isWanted(entry)) counter.add(entry);
    }
  }
  return {
    ...counter.end(top),
    numbers: numbers.end(source.kind),
    sinks: sinks.map((sink) => sink.end()),
    passed,
  };
}

type Counted = Omit<AuditStats, "numbers" | "sinks" | "passed">;

function createCounter(): {
  add(entry: AuditEntry): void;
  end(top: number): Counted;
} {
  const [types, categories, decisions, statuses] = [
    createTally(),
    createTally(),
    createTally(),
    createTally(),
  ];
  const [routes, actors, denials] = [createTally(), createTally(), createTally()];
  let events = 0;
  let first: Moment | undefined;
  let last: Moment | undefined;
  return {
    add(entry) {
      events += 1;
      const { value } = entry;
      types.add(facts.typeOf(entry) ?? "-");
      categories.add(facts.categoryOf(entry) ?? "-");
      const moment = momentOf(entry);
      if (moment !== undefined && (first === undefined || isEarlier(moment, first))) first = moment;
      if (moment !== undefined && (last === undefined || isEarlier(last, moment))) last = moment;
      const actor = facts.actorOf(entry);
      if (actor !== undefined) actors.add(actor.id);
      const decision = facts.decisionOf(entry);
      if (decision === undefined) return;
      decisions.add(decision);
      const route = facts.textOf(value["route"]) ?? "-";
      routes.add(route);
      // A decision has no status; the request that completes it has the one that was sent.
      if (value["type"] === "request") statuses.add(classOf(facts.statusOf(entry)));
      if (decision === "deny") denials.add(`${route}  ${facts.textOf(value["reason"]) ?? "-"}`);
    },
    end(top) {
      const rows = (tally: Tally) => tally.top(top);
      return {
        events,
        first: first?.text ?? null,
        last: last?.text ?? null,
        types: rows(types),
        categories: rows(categories),
        decisions: rows(decisions),
        statuses: rows(statuses),
        routes: rows(routes),
        actors: rows(actors),
        denials: rows(denials),
      };
    },
  };
}

interface Moment {
  readonly text: string;
  readonly milliseconds: number;
}

function momentOf(entry: AuditEntry): Moment | undefined {
  const text = facts.timeOf(entry);
  return text === undefined ? undefined : { text, milliseconds: Date.parse(text) };
}

function isEarlier(one: Moment, other: Moment): boolean {
  return one.milliseconds < other.milliseconds;
}

function classOf(status: number | undefined): string {
  return status === undefined ? "none" : `${Math.floor(status / 100)}xx`;
}
