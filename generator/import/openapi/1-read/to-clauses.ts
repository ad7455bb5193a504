/** A rule that lists more permissions than this says nothing to its reader. */
const MAX_CLAUSES = 16;
const MAX_ALTERNATIVES = 64;
const MAX_NAMES = 64;

type Names = readonly string[];

/**
 * Turns "all of these, or all of those" into "one of these, and one of those", which is what a route
 * says: all its permissions are needed, and for each one role is enough. Clauses that follow from
 * others are left out. Undefined where there are too many.
 */
export function toClauses(alternatives: readonly Names[]): readonly Names[] | undefined {
  if (alternatives.length > MAX_ALTERNATIVES) return undefined;
  if (alternatives.some((names) => names.length > MAX_NAMES)) return undefined;
  const needed = withoutSupersets(alternatives);
  let clauses: readonly Names[] = [[]];
  for (const alternative of needed) {
    if (clauses.length * alternative.length > MAX_CLAUSES * MAX_ALTERNATIVES) return undefined;
    clauses = withoutSupersets(
      clauses.flatMap((clause) => alternative.map((name) => [...clause, name])),
    );
  }
  return clauses.length > MAX_CLAUSES ? undefined : clauses;
}

/** Sorted, without repetitions and without sets that contain another. */
function withoutSupersets(sets: readonly Names[]): readonly Names[] {
  const sorted = sets
    .map((set) => [...new Set(set)].toSorted())
    .toSorted((a, b) => a.length - b.length || (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  const kept: Names[] = [];
  for (const set of sorted) {
    if (!kept.some((other) => other.every((name) => set.includes(name)))) kept.push(set);
  }
  return kept;
}
