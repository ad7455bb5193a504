import type { Snapshot } from "../snapshot.js";

/** Whether a route takes the credentials of a strategy; without strategies in the policy, it takes JWTs. */
export function takesStrategy({ source }: Snapshot, route: number, strategy: string): boolean {
  const { strategies, default: fallback, routes } = source.authentication;
  if (strategies.length === 0) return strategy === "jwt";
  const own = routes.find((named) => named.route === route)?.strategies ?? fallback;
  return own.some((index) => strategies[index]?.name === strategy);
}
