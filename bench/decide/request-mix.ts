import { createRandom } from "../harness/random.js";
import type { Random } from "../harness/random.js";
import { methods, roleNames } from "./route-table.js";
import type { Method, RoleName, RouteTable, TableRoute } from "./route-table.js";

export interface MixRequest {
  readonly method: Method;
  /** As it stands in the request line, query included. */
  readonly target: string;
  /** Index into `callers`. */
  readonly caller: number;
}

export interface RequestMix {
  readonly requests: readonly MixRequest[];
  /** Each with one to three roles. */
  readonly callers: readonly (readonly RoleName[])[];
}

export const mixSize = 10_000;
const callerCount = 12;

/**
 * Requests over the whole table, each route as likely as another: 70 % meet a route, 10 % only its
 * pattern (a wrong method, as a rule), 20 % no pattern. One in five carries a query.
 */
export function createRequestMix(table: RouteTable, seed: number): RequestMix {
  const random = createRandom(seed + 1);
  const callers = Array.from({ length: callerCount }, (_, number) => {
    const roles = new Set([roleNames[number % roleNames.length] ?? "viewer"]);
    while (random.chance(0.4) && roles.size < 3) roles.add(random.pick(roleNames));
    return [...roles];
  });
  const requests = Array.from({ length: mixSize }, () => {
    const route = random.pick(table.routes);
    const kind = random.below(10);
    const method = kind === 7 ? random.pick(methods) : route.method;
    const path = kind > 7 ? strayPath(route, random) : pathOf(route, random);
    const target = flat(random.chance(0.2) ? `${path}?page=${random.below(50)}&limit=20` : path);
    return { method, target, caller: random.below(callerCount) };
  });
  return { requests, callers };
}

function pathOf({ pattern }: TableRoute, random: Random): string {
  return pattern.replace(/:[A-Za-z]+/g, () => parameter(random));
}

/** A path beside the route's: another word in the middle, one more segment, or one less. */
function strayPath(route: TableRoute, random: Random): string {
  const segments = pathOf(route, random).split("/");
  const kind = random.below(3);
  if (kind === 0) return segments.with(4, `${segments[4]}-old`).join("/");
  if (kind === 1) return [...segments, "details"].join("/");
  return segments.slice(0, 4).join("/");
}

function parameter(random: Random): string {
  const kind = random.below(20);
  if (kind < 10) return String(1 + random.below(5_000_000));
  if (kind < 15) return uuid(random);
  if (kind < 19) return `${random.pick(roleNames)}-${random.below(1000)}`;
  return `${random.pick(roleNames)}%20${random.below(1000)}`;
}

function uuid(random: Random): string {
  return "xxxxxxxx-xxxx-4xxx-axxx-xxxxxxxxxxxx".replace(/x/g, () => random.below(16).toString(16));
}

/** One run of bytes in memory, as an HTTP parser makes it, and not the parts that it was joined of. */
function flat(text: string): string {
  return Buffer.from(text, "latin1").toString("latin1");
}
