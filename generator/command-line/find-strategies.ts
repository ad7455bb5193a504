import type { Snapshot } from "@gatewright/runtime";
import { visible } from "../diagnostics/visible.js";

type Strategy = Snapshot["source"]["authentication"]["strategies"][number];

/** A strategy by which a route's callers authenticate, in the words of the policy. */
export interface StrategyView {
  readonly name: string;
  readonly kind: "tokens" | "opaque" | "allowList" | "application";
  /** Names of issuers; only of `tokens`. */
  readonly issuers: readonly string[];
  /** What tells an application's credentials; null where it reads the whole request. */
  readonly header: string | null;
}

/** The strategies whose credentials are read on a route; those of -1 on paths that meet none. */
export function strategiesOf({ source }: Snapshot, route: number): readonly Strategy[] {
  const { strategies, default: fallback, routes } = source.authentication;
  const own = routes.find((named) => named.route === route)?.strategies ?? fallback;
  return own.flatMap((index) => strategies[index] ?? []);
}

/** The same as people and scripts get to see them; undefined where the policy names no strategies. */
export function viewStrategies(
  snapshot: Snapshot,
  route: string | null,
): readonly StrategyView[] | undefined {
  const { authentication, issuers, routes } = snapshot.source;
  if (authentication.strategies.length === 0) return undefined;
  const number = routes.findIndex(({ id }) => id === route);
  const met = routes[number];
  // A public route reads no credentials, unless it says so.
  if (met?.access === "public" && !met.identityOptional) return [];
  return strategiesOf(snapshot, number).map(({ name, kind, header, issuers: indices }) => ({
    name,
    kind: kind === "allow-list" ? "allowList" : kind,
    issuers: indices.flatMap((index) => issuers[index]?.name ?? []),
    header,
  }));
}

/** `users (tokens of desk) or sessions (opaque)` */
export function describeStrategies(strategies: readonly StrategyView[]): string {
  const texts = strategies.map(({ name, kind, issuers, header }) => {
    const of = issuers.length === 0 ? "" : ` of ${issuers.join(" and ")}`;
    const by = header === null ? "" : ` by the header ${header}`;
    return visible(`${name} (${kind}${of}${by})`);
  });
  return texts.join(" or ");
}
