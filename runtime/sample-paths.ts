import type { Snapshot } from "./snapshot.js";

/** A segment that no pattern spells out, and fits every type of parameter but `uuid`. */
const FRESH = "7";
const UUID = "00000000-0000-4000-8000-000000000000";
/** Enough for a thousand routes; past it the shortest are kept. */
const MAX_PATHS = 20_000;

/**
 * Paths that meet every pattern of the policy and of the host, and pass close by: with each literal that
 * another pattern has in the place of a parameter. Shortest first.
 */
export function samplePaths(snapshot: Snapshot, hostPaths: readonly string[]): readonly string[] {
  const patterns = [
    ...snapshot.source.routes.map(({ pattern, params }) => {
      const ids = new Set(params.filter(({ type }) => type === "uuid").map(({ name }) => name));
      return pattern.split("/").map((part) => (ids.has(part.slice(1)) ? UUID : part));
    }),
    ...hostPaths.flatMap(variantsOf).map((path) => path.split("/")),
  ];
  const literals = literalsByPlace(patterns);
  const paths = new Set<string>(["/"]);
  for (const parts of patterns) {
    for (const path of fill(parts, literals)) if (paths.size < MAX_PATHS) paths.add(path);
  }
  return [...paths].toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1));
}

/** Express 5 writes optional parts in braces. */
function variantsOf(path: string): readonly string[] {
  const bare = path.replace(/[{][^{}]*[}]/g, "");
  const whole = path.replace(/[{}]/g, "");
  return [...new Set([bare, whole])];
}

function isOpen(part: string): boolean {
  return part.startsWith(":") || part.startsWith("*");
}

function literalsByPlace(patterns: readonly (readonly string[])[]): readonly ReadonlySet<string>[] {
  const places: Set<string>[] = [];
  for (const parts of patterns) {
    for (const [place, part] of parts.entries()) {
      if (part !== "" && !isOpen(part)) (places[place] ??= new Set()).add(part);
    }
  }
  return Array.from(places, (place) => place ?? new Set());
}

function fill(
  parts: readonly string[],
  literals: readonly ReadonlySet<string>[],
): readonly string[] {
  const rest = parts.at(-1)?.startsWith("*") === true && parts.at(-1) !== "*";
  const fixed = (rest ? parts.slice(0, -1) : parts).map((part) => (isOpen(part) ? FRESH : part));
  const lengths = rest ? [fixed, [...fixed, FRESH], [...fixed, FRESH, FRESH]] : [fixed];
  return lengths.flatMap((segments) => [
    join(segments),
    ...segments.flatMap((_, place) => {
      const isFixed = place < parts.length && !isOpen(parts[place] ?? "");
      if (isFixed) return [];
      return [...(literals[place] ?? [])].map((literal) => join(segments.with(place, literal)));
    }),
  ]);
}

function join(segments: readonly string[]): string {
  return segments.join("/") || "/";
}
