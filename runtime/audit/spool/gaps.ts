import { canonicalJson } from "./ledger.js";
import type { Gap } from "./ledger.js";

/** Collects the numbers that get no frame: one open gap for each category, fate and reason. */
export interface Gaps {
  add(gap: Omit<Gap, "count" | "from" | "to">, sequence: number): void;
  /** Gives back a gap whose frame was not made durable. */
  restore(gap: Gap): void;
  /** Takes up to `max` of them away, as lines. */
  take(max: number): readonly string[];
  size(): number;
}

export function createGaps(): Gaps {
  const open = new Map<string, Gap>();
  const merge = (gap: Gap): void => {
    const isNumbered = gap.from > 0;
    const key = `${gap.fate} ${gap.reason} ${isNumbered ? "at" : "none"} ${gap.category}`;
    const known = open.get(key);
    if (known === undefined) open.set(key, gap);
    else {
      const [from, to] = [Math.min(known.from, gap.from), Math.max(known.to, gap.to)];
      open.set(key, { ...known, count: known.count + gap.count, from, to });
    }
  };
  return {
    add(gap, sequence) {
      merge({ ...gap, count: 1, from: sequence, to: sequence });
    },
    restore: merge,
    take(max) {
      const taken = [...open].slice(0, max);
      for (const [key] of taken) open.delete(key);
      return taken.map(([, gap]) => canonicalJson(gap));
    },
    size: () => open.size,
  };
}
