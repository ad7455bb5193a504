/** A benchmark: it compares, and what it finds are ratios, since times differ from machine to machine. */
export interface Bench {
  readonly name: string;
  /** What is compared, in one line. */
  readonly summary: string;
  run(context: BenchContext): Promise<BenchResult>;
}

export interface BenchContext {
  /** Fewer rounds and only the sizes that the ratios need. */
  readonly isQuick: boolean;
  /** Everything that is drawn is drawn from it. */
  readonly seed: number;
  /** Tells of progress to whoever waits. */
  readonly note: (line: string) => void;
}

export interface BenchResult {
  readonly ratios: readonly Ratio[];
  /** For people; the JSON form leaves them out. */
  readonly tables: readonly Table[];
}

export interface Ratio {
  readonly name: string;
  readonly value: number;
  readonly target: { readonly atLeast: number } | { readonly atMost: number };
}

export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}
