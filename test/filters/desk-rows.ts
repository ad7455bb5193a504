import fc from "fast-check";

/** A row as a database holds it: what an application would load, and what it would refuse to. */
export interface DeskRow {
  readonly id: number;
  readonly desk: string | null;
  readonly team: string | null;
  readonly owner: string | null;
  readonly alias: string | null;
  readonly rank: bigint | null;
  readonly count: bigint | null;
  readonly limit: bigint | null;
  readonly total: number | null;
  readonly weight: number | null;
  readonly locked: boolean | null;
  readonly shown: boolean | null;
  /** ISO 8601, with microseconds. */
  readonly placedAt: string | null;
  readonly dueAt: string | null;
  readonly tags: readonly (string | null)[] | null;
  readonly labels: readonly (string | null)[] | null;
}

const text = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      "a",
      "b",
      "A",
      "",
      "100%_",
      "100x",
      "%",
      "'",
      "\\",
      "ab",
      "ba",
      "a b",
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom("😀", "\uffff", "\ue000", "é", "e\u0301", "x😀", "a😀b"),
  },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 3 }) },
);
const int = fc.constantFrom(
  0n,
  1n,
  -1n,
  5n,
  2n,
  9007199254740991n,
  -9007199254740991n,
  9007199254740992n,
);
const double = fc.constantFrom(0, -0, 1.5, 0.1, 1e308, 5, Number.POSITIVE_INFINITY, Number.NaN);
const moment = fc.constantFrom(
  "2026-11-27T12:00:00Z",
  "2026-11-27T12:00:00.0005Z",
  "2026-11-27T12:00:00.001Z",
  "2026-11-27T12:00:00.001999Z",
  "1969-12-31T23:59:59.9995Z",
  "0001-01-01T00:00:00Z",
  "9999-12-31T23:59:59.999Z",
  "10000-01-01T00:00:00Z",
);
const list = fc.oneof(
  { weight: 5, arbitrary: fc.array(text, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constant(["a", null]) },
);

/** Missing where it may be, and here and there where it may not. */
const rarely = <T>(of: fc.Arbitrary<T>) => fc.option(of, { freq: 60 });
const often = <T>(of: fc.Arbitrary<T>) => fc.option(of, { freq: 2 });

const row = fc.record({
  desk: rarely(fc.constantFrom("a", "b", "A")),
  team: rarely(text),
  owner: rarely(text),
  alias: often(text),
  rank: rarely(int),
  count: rarely(int),
  limit: often(int),
  total: rarely(double),
  weight: often(double),
  locked: rarely(fc.boolean()),
  shown: often(fc.boolean()),
  placedAt: rarely(moment),
  dueAt: often(moment),
  tags: rarely(list),
  labels: often(list),
});

/** The same rows for a seed: a failure can be looked at again. */
export function deskRows(count: number, seed: number): readonly DeskRow[] {
  return fc
    .sample(row, { numRuns: count, seed })
    .map((found, index) => ({ id: index + 1, ...found }));
}
