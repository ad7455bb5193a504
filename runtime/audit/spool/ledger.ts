/** What became of events that have no frame of their own. */
export type GapFate = "dropped" | "rejected" | "spilled";

/** Numbers of one category that have no frame; `from` 0 where they were never numbered. */
export interface Gap {
  readonly category: string;
  readonly count: number;
  readonly fate: GapFate;
  readonly from: number;
  readonly reason: string;
  readonly to: number;
}

/**
 * What the frames up to a place say, over all epochs: anyone who reads them comes to the same sums.
 * `sequence` is the highest number of the epoch that an event or a gap tells of.
 */
export interface Ledger {
  events: number;
  dropped: number;
  rejected: number;
  spilled: number;
  /** Numbers that a process left behind when it was killed or lost power. */
  lost: number;
  sequence: number;
}

export const ledgerKeys = ["events", "dropped", "rejected", "spilled", "lost", "sequence"] as const;

export function emptyLedger(): Ledger {
  return { events: 0, dropped: 0, rejected: 0, spilled: 0, lost: 0, sequence: 0 };
}

export function isSameLedger(one: Ledger, other: Ledger): boolean {
  return ledgerKeys.every((key) => one[key] === other[key]);
}

export function enterEvent(ledger: Ledger, sequence: number): void {
  ledger.events += 1;
  ledger.sequence = Math.max(ledger.sequence, sequence);
}

export function enterGap(ledger: Ledger, gap: Gap): void {
  ledger[gap.fate] += gap.count;
  ledger.sequence = Math.max(ledger.sequence, gap.to);
}

/** Undefined where the line is none that this spool writes. */
export function parseGap(line: string): Gap | undefined {
  const gap = parseObject(line);
  const { category, count, fate, from, reason, to } = gap;
  const isKnown = fate === "dropped" || fate === "rejected" || fate === "spilled";
  if (typeof category !== "string" || typeof reason !== "string" || !isKnown) return undefined;
  if (!isCount(count) || !isCount(from) || !isCount(to) || from > to) return undefined;
  return { category, count, fate, from, reason, to };
}

export function parseObject(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

export function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** RFC 8785 for what the spool itself writes: strings, whole numbers, lists and plain objects. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(
          Object.entries(inner).toSorted(([one], [other]) => (one < other ? -1 : 1)),
        )
      : inner,
  );
}
