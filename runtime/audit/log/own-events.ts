import { randomUUID } from "node:crypto";
import type { Spool } from "../spool/spool.js";
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
}

export function createOwnEvents(spool: Spool, clock: UtcClock): OwnEvents {
  const commit = async (members: Members): Promise<void> => {
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
    await spool.commit({ category, id, line: lineAt(spool.next()), lineAt });
  };
  const change = (type: string, snapshot: string) =>
    commit({ type, snapshot, category: CHANGES, id: randomUUID() });
  return {
    started: (snapshot) => change("audit.started", snapshot),
    stopped: (snapshot) => change("audit.stopped", snapshot),
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
