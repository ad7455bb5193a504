/** The middle value, or the mean of the two middle ones. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Linear between the neighbours in the sorted list; `share` goes from 0 to 1. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  if (below === undefined || above === undefined) throw new Error("no values were measured");
  return below + (above - below) * (place - Math.floor(place));
}

/**
 * How many times `theirs` is of `ours`: the median over rounds, each compared within itself, so that
 * a machine that slows down for some rounds slows both sides.
 */
export function pairedRatio(theirs: readonly number[], ours: readonly number[]): number {
  if (theirs.length !== ours.length) throw new Error("the two sides have other numbers of rounds");
  return median(theirs.map((their, round) => their / (ours[round] ?? Number.NaN)));
}
