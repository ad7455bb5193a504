import { mutationNames } from "./random-trial.js";
import type { Trial } from "./random-trial.js";
import { isLiteral } from "./route-table.js";
import type { RouteTable } from "./route-table.js";
import type { Outcome } from "./serve-scenario.js";

/** What the requests of a run were, so that a run of nothing but refusals proves nothing unseen. */
export interface Mix {
  readonly requests: number;
  readonly handled: number;
  readonly forbidden: number;
  /** Requests whose path more than one pattern fits. */
  readonly overlapping: number;
  /** Per class of mutation. */
  readonly mutated: Readonly<Record<string, number>>;
  /** By status. */
  readonly statuses: Readonly<Record<string, number>>;
}

export const emptyMix: Mix = {
  requests: 0,
  handled: 0,
  forbidden: 0,
  overlapping: 0,
  mutated: Object.fromEntries(mutationNames.map((name) => [name, 0])),
  statuses: {},
};

export function addToMix(
  mix: Mix,
  table: RouteTable,
  trials: readonly Trial[],
  outcomes: readonly Outcome[],
): Mix {
  const mutated = { ...mix.mutated };
  const statuses = { ...mix.statuses };
  for (const name of trials.flatMap(({ mutations }) => [...new Set(mutations)])) {
    mutated[name] = (mutated[name] ?? 0) + 1;
  }
  for (const { answer } of outcomes) {
    const status = typeof answer === "object" ? answer.status : answer;
    statuses[status] = (statuses[status] ?? 0) + 1;
  }
  const patterns = patternsOf(table);
  return {
    requests: mix.requests + trials.length,
    handled: mix.handled + outcomes.filter(({ runs }) => runs.length > 0).length,
    forbidden:
      mix.forbidden +
      outcomes.filter(({ answer }) => typeof answer === "object" && answer.status === 403).length,
    overlapping:
      mix.overlapping + trials.filter(({ draft }) => isOverlap(patterns, draft.path)).length,
    mutated,
    statuses,
  };
}

/** What a mix lacks to prove anything; shares of all requests. */
export function lacks(mix: Mix): readonly string[] {
  const shares: readonly (readonly [string, number, number])[] = [
    ["reach a handler", mix.handled, 0.3],
    ["end in 403", mix.forbidden, 0.1],
    ["meet overlapping patterns", mix.overlapping, 0.05],
    ...mutationNames.map(
      (name) => [`are mutated by ${name}`, mix.mutated[name] ?? 0, 0.02] as const,
    ),
  ];
  return shares
    .filter(([, count, least]) => count < least * mix.requests)
    .map(
      ([what, count, least]) => `${count} of ${mix.requests} ${what}, fewer than ${least * 100} %`,
    );
}

function patternsOf(table: RouteTable): readonly RegExp[] {
  const shapes = new Set(table.routes.map(({ segments }) => segments.join("/")));
  return [...shapes].map((shape) => {
    const parts = shape === "" ? [] : shape.split("/");
    const source = parts.map((part) => {
      if (part === "**") return "(/.*)?";
      return isLiteral(part) ? `/${part.replaceAll(".", "\\.")}` : "/[^/]+";
    });
    return new RegExp(`^${source.join("")}/?$`, table.caseSensitive ? "" : "i");
  });
}

function isOverlap(patterns: readonly RegExp[], path: string): boolean {
  return patterns.filter((pattern) => pattern.test(path)).length > 1;
}
