import { randomUUID } from "node:crypto";
import { parseGap } from "../spool/ledger.js";
import type { Spool, SpoolEvent } from "../spool/spool.js";
import { canonicalText, CHANGES, REQUESTS } from "./complete-record.js";
import { DECISION } from "./open-decisions.js";
import type { UtcClock } from "./utc-clock.js";

/** What the log itself records, durably: that it began and ended, and what a crash left open. */
export interface OwnEvents {
  /** @throws SpoolError where it is not kept */
  started(snapshot: string): Promise<void>;
  stopped(snapshot: string): Promise<void>;
  /** Closes a decision whose request has no record, by its line: what became of it, nobody knows. */
  unknown(decision: string): Promise<void>;
  /** Numbers without an event, by the line of the spool. */
  gap(line: string): void;
  /** A signed note. */
  checkpoint(note: string): void;
}

export function createOwnEvents(spool: Spool, clock: UtcClock): OwnEvents {
  const eventOf = (members: Members): SpoolEvent => {
    const { time } = clock.now();
    // Taken later than it happened, where there is no room at once.
    const lineAt = (sequence: number) => {
      const moment = clock.now();
      return canonicalText({
        time,
        ...members,
        clock: moment.clock,
        epoch: spool.epoch,
        observedTime: moment.time,
        sequence,
      });
    };
    const { category, id } = members;
    return { category, id, line: lineAt(spool.next()), lineAt };
  };
  const commit = async (members: Members): Promise<void> => {
    await spool.commit(eventOf(members));
  };
  const tell = (type: string, members: object): void => {
    try {
      spool.accept(eventOf({ ...members, type, category: CHANGES, id: randomUUID() }));
    } catch {
      // The spool counted it; it is closing, or out of room since a moment.
    }
  };
  const change = (type: string, members: object) =>
    commit({ ...members, type, category: CHANGES, id: randomUUID() });
  return {
    started(snapshot) {
      const { after, lastDurable, upperBound } = spool.opening;
      return change("audit.started", { snapshot, previous: { after, lastDurable, upperBound } });
    },
    stopped: (snapshot) => change("audit.stopped", { snapshot }),
    gap: (line) => tell("audit.gap", { gap: parseGap(line) }),
    checkpoint: (note) => tell("audit.checkpoint", { note }),
    async unknown(decision) {
      const members: Partial<Members> = readLine(decision);
      const { category = REQUESTS, id = randomUUID() } = members;
      await commit({
        ...members,
        category,
        id,
        durationMs: null,
        outcome: "unknown",
        status: null,
        type: "request",
      });
    },
  };
}

interface Members {
  readonly category: string;
  readonly id: string;
  readonly [member: string]: unknown;
}

/** What a damaged disk made of a line is no reason not to start. */
function readLine(line: string): Partial<Members> {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
}

/** The id that a decision has in the log. */
export function decisionId(request: string): string {
  return `${request}${DECISION}`;
}
