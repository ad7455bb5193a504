import type { Gap, Ledger } from "./ledger.js";
import { createMissingNumbers } from "./missing-numbers.js";
import { isBefore } from "./segment-header.js";
import type { Opening, Position, SegmentHeader } from "./segment-header.js";
import type { Find } from "./verify-report.js";

/** Checks the numbers of one epoch: each has its frame, or a gap tells of it. */
export interface EpochCheck {
  readonly number: number;
  /** False where the number does not come after the last. */
  event(sequence: number, at: Position): boolean;
  gap(gap: Gap): void;
  /** Some of its bytes are no frames: that a number is missing proves nothing then. */
  damage(): void;
  isDamaged(): boolean;
  end(end: EpochEnd): void;
}

export interface EpochEnd {
  readonly ledger: Readonly<Ledger>;
  /** Whether its last frame is the checkpoint of an orderly shutdown. */
  readonly last: "closing" | "other";
  /** What the next epoch says of it, where there is one. */
  readonly next: Opening | undefined;
  /** All before it was durable. */
  readonly mark: Position | undefined;
  readonly at: Position;
}

export function createEpochCheck(header: SegmentHeader | undefined, find: Find): EpochCheck {
  const missing = createMissingNumbers(header?.ledger.sequence ?? 0);
  const isWhole = header !== undefined && header.opening !== null;
  let isDamaged = header === undefined;
  return {
    number: header?.epoch ?? 0,
    event: missing.event,
    gap: missing.gap,
    damage() {
      isDamaged = true;
    },
    isDamaged: () => isDamaged,
    end({ ledger, last, next, mark, at }) {
      if (isDamaged) return;
      const isUnclean = next?.after === "unclean";
      if (isUnclean && ledger.sequence < next.lastDurable)
        find("truncated", at, "the next epoch tells of higher numbers");
      const highest = isUnclean ? Math.min(next.lastDurable, ledger.sequence) : ledger.sequence;
      const isOver = next !== undefined || last === "closing";
      const unexplained = missing.unexplained(highest).filter(({ from }) => from <= highest);
      for (const { at: place = at } of unexplained) {
        const isTorn = !isOver && (mark === undefined || !isBefore(place, mark));
        find(isTorn ? "torn" : "truncated", place, "numbers are missing, and no gap tells of them");
      }
      const { missing: without, told } = missing.sums(ledger.sequence);
      if (isOver && isWhole && !isUnclean && unexplained.length === 0 && without !== told)
        find("truncated", at, `gaps tell of ${told} numbers, ${without} are missing`);
    },
  };
}
