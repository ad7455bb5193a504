import { createGaps } from "../spool/gaps.js";
import { parseGap } from "../spool/ledger.js";
import type { OwnRecord, Spool } from "../spool/spool.js";
import { CHANGES } from "./complete-record.js";
import type { OwnEvents } from "./own-events.js";

/** A flood makes a gap with each write: what comes meanwhile is told together. */
const PAUSE_MILLISECONDS = 1000;

/**
 * What the log recorded of itself, told to the sinks as events: which numbers they will never see, and the checkpoints
 * that they can hold against the log later. Since one comes each minute, even when idle, their absence is an alarm.
 */
export interface SelfReport {
  hear(record: OwnRecord): void;
  /** From now on events are made of what was heard. */
  begin(spool: Spool, own: OwnEvents): void;
  /** Tells what is still to be told, where there is room. */
  end(): void;
}

export function createSelfReport(): SelfReport {
  const gaps = createGaps();
  let checkpoint: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let log: { readonly spool: Spool; readonly own: OwnEvents } | undefined;

  // An event that finds no room makes a gap, which would be told of in turn: it waits for room instead.
  const hasRoom = () => log !== undefined && !log.spool.isFailing() && log.spool.hasRoom(CHANGES);

  const tell = (): void => {
    clearTimeout(timer);
    timer = undefined;
    while (gaps.size() > 0 && hasRoom()) for (const line of gaps.take(1)) log?.own.gap(line);
    if (checkpoint === undefined || !hasRoom()) return;
    log?.own.checkpoint(checkpoint);
    checkpoint = undefined;
  };

  const tellSoon = (): void => {
    if (log === undefined) return;
    timer ??= setTimeout(tell, PAUSE_MILLISECONDS).unref();
  };

  return {
    hear({ kind, line }) {
      const gap = kind === "gap" ? parseGap(line) : undefined;
      if (gap !== undefined) gaps.restore(gap);
      else checkpoint = line;
      tellSoon();
    },
    begin(spool, own) {
      log = { spool, own };
      if (gaps.size() > 0 || checkpoint !== undefined) tellSoon();
    },
    end: tell,
  };
}
