import type { RequestMix } from "./request-mix.js";
import type { RouteTable } from "./route-table.js";

/** One engine among those that decide. */
export interface Contender {
  readonly name: string;
  /** The largest table on which a decision takes a bearable time. */
  readonly maxRoutes: number;
  /** False for an engine that only knows allowed or not, and not by which route. */
  readonly tellsRoute: boolean;
  /** Loads the table, and prepares the callers as an application does when it authenticates them. */
  load(table: RouteTable, callers: RequestMix["callers"]): Loaded | Promise<Loaded>;
}

/**
 * Decides on a request: `route number * 2 + 1` where the caller passes, `route number * 2` where not,
 * -1 where no route is met; 1 or 0 from an engine that does not tell the route.
 */
export type Decide = (method: string, target: string, caller: number) => number;

/** A promise only where the engine may need one; it is waited for only where it is one. */
export type DecideLater = (
  method: string,
  target: string,
  caller: number,
) => number | Promise<number>;

export type Loaded = (
  | { readonly kind: "sync"; readonly decide: Decide }
  | { readonly kind: "async"; readonly decide: DecideLater }
) & {
  /** For an engine with route numbers of its own: its answer in numbers of the table. Not timed. */
  readonly tableAnswer?: (answer: number) => number;
};

/** The path of a request target, for engines that take no query. */
export function pathOf(target: string): string {
  const query = target.indexOf("?");
  return query === -1 ? target : target.slice(0, query);
}
