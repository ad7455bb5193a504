/** How often each of some words came; of more than a bound, the later ones are counted together. */
export interface Tally {
  add(word: string): void;
  /** The most frequent first; of the same count, in the order of text. */
  top(count?: number): readonly TallyRow[];
  /** How many came that are in no row. */
  others(): number;
}

export interface TallyRow {
  readonly name: string;
  readonly count: number;
}

/** Names in a file may be made up without end. */
const MAX_WORDS = 20_000;
const MAX_LENGTH = 512;

export function createTally(): Tally {
  const counts = new Map<string, number>();
  let others = 0;
  return {
    add(word) {
      const name = word.length > MAX_LENGTH ? `${word.slice(0, MAX_LENGTH)}…` : word;
      const known = counts.get(name);
      if (known === undefined && counts.size >= MAX_WORDS) others += 1;
      else counts.set(name, (known ?? 0) + 1);
    },
    top(count = Infinity) {
      return [...counts]
        .map(([name, number]) => ({ name, count: number }))
        .toSorted((one, other) => other.count - one.count || (one.name < other.name ? -1 : 1))
        .slice(0, count);
    },
    others: () => others,
  };
}
