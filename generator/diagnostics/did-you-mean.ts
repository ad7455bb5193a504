import { closest as closestOf, distance } from "fastest-levenshtein";

/** Longer names are no typing errors of each other, and their distance is expensive. */
const MAX_LENGTH = 100;

/** The candidate that a mistyped name most likely stands for, if one is near enough. */
export function closest(name: string, candidates: readonly string[]): string | undefined {
  if (name.length > MAX_LENGTH || candidates.length === 0) return undefined;
  const folded = name.toLowerCase();
  const sameLetters = candidates.find((candidate) => candidate.toLowerCase() === folded);
  if (sameLetters !== undefined) return sameLetters;
  // Two letters in the wrong order are two edits and one slip.
  const swapped = candidates.find((candidate) => isSwapped(name, candidate));
  if (swapped !== undefined) return swapped;
  // An abbreviation is far by edits and near in meaning.
  const longer = candidates.filter((candidate) => candidate.toLowerCase().startsWith(folded));
  if (folded.length > 1 && longer.length === 1) return longer[0];
  const near = candidates.filter(
    (candidate) => Math.abs(candidate.length - name.length) <= limitFor(name),
  );
  if (near.length === 0) return undefined;
  const best = closestOf(name, near);
  return distance(name, best) <= limitFor(name) ? best : undefined;
}

function isSwapped(name: string, candidate: string): boolean {
  if (name.length !== candidate.length) return false;
  const letters = [...name.toLowerCase()];
  const wanted = [...candidate.toLowerCase()];
  const at = letters.findIndex((letter, index) => letter !== wanted[index]);
  [letters[at], letters[at + 1]] = [letters[at + 1] ?? "", letters[at] ?? ""];
  return at !== -1 && letters.join("") === wanted.join("");
}

/** A third of the letters may be wrong, and of a short name one. */
function limitFor(name: string): number {
  return Math.max(1, Math.floor(name.length / 3));
}
