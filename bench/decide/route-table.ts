import { createRandom } from "../harness/random.js";
import type { Random } from "../harness/random.js";
import { nouns, qualifiers } from "./words.js";

export const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
export type Method = (typeof methods)[number];

export const roleNames = [
  "viewer",
  "clerk",
  "editor",
  "approver",
  "planner",
  "analyst",
  "support",
  "auditor",
  "steward",
  "manager",
  "operator",
  "admin",
] as const;
export type RoleName = (typeof roleNames)[number];

export interface TableRoute {
  readonly method: Method;
  /** Literals and `:param` segments, as every contender writes them. */
  readonly pattern: string;
  readonly resource: string;
  readonly action: Action;
  /** Any one of them opens the route. */
  readonly roles: ReadonlySet<RoleName>;
}

export interface RouteTable {
  readonly routes: readonly TableRoute[];
  /** Who may do what, by resource and action: `routes` repeats it. */
  readonly resources: ReadonlyMap<string, ReadonlyMap<Action, ReadonlySet<RoleName>>>;
}

type Action = "read" | "summarise" | "create" | "update" | "delete" | "approve" | "import";

/** What a REST resource offers: 16 routes on 9 patterns, nested up to two parameters. */
const shape: readonly (readonly [Method, string, Action])[] = [
  ["GET", "", "read"],
  ["POST", "", "create"],
  ["GET", "/:ID", "read"],
  ["PUT", "/:ID", "update"],
  ["PATCH", "/:ID", "update"],
  ["DELETE", "/:ID", "delete"],
  ["GET", "/:ID/CHILDREN", "read"],
  ["POST", "/:ID/CHILDREN", "update"],
  ["GET", "/:ID/CHILDREN/:childId", "read"],
  ["PUT", "/:ID/CHILDREN/:childId", "update"],
  ["DELETE", "/:ID/CHILDREN/:childId", "delete"],
  ["GET", "/summary", "summarise"],
  ["POST", "/import", "import"],
  ["POST", "/:ID/approval", "approve"],
  ["DELETE", "/:ID/approval", "approve"],
  ["GET", "/:ID/history", "read"],
];

const children = ["items", "comments", "files", "members", "events", "notes"];

/** A table of exactly `size` routes, as services of one company would have it together. */
export function createRouteTable(size: number, seed: number): RouteTable {
  const random = createRandom(seed);
  const resourceCount = Math.ceil(size / shape.length);
  const areaCount = Math.ceil(Math.sqrt(resourceCount));
  const resources = new Map<string, ReadonlyMap<Action, ReadonlySet<RoleName>>>();
  const routes: TableRoute[] = [];
  for (let number = 0; number < resourceCount; number += 1) {
    const area = nameOf(number % areaCount, areaCount);
    const own = nameOf(Math.floor(number / areaCount) * 7 + (number % areaCount), 1);
    const resource = `${area}_${own}`;
    const rules = drawRules(random);
    const child = random.pick(children);
    const id = `${own.replace(/-./g, (text) => text.slice(1).toUpperCase())}Id`;
    resources.set(resource, rules);
    for (const [method, path, action] of shape.slice(0, size - routes.length)) {
      const tail = path.replace("ID", id).replace("CHILDREN", child);
      const pattern = `/api/v1/${area}/${own}${tail}`;
      const roles = rules.get(action) ?? new Set();
      routes.push({ method, pattern, resource, action, roles });
    }
  }
  return { routes, resources };
}

/** Distinct for numbers below the product of both lists. */
function nameOf(number: number, stride: number): string {
  const count = nouns.length * qualifiers.length;
  const place = (number * (stride % 2 === 0 ? 7 : 11)) % count;
  return `${qualifiers[place % qualifiers.length]}-${nouns[Math.floor(place / qualifiers.length)]}`;
}

/**
 * Each action takes fewer roles than reading does. Summaries are open to all who may read and to more,
 * so that an engine without precedence, to which `/summary` is an `:id` too, means the same.
 */
function drawRules(random: Random): ReadonlyMap<Action, ReadonlySet<RoleName>> {
  const readers = drawRoles(random, 5);
  const writers = new Set([...readers].slice(0, 3));
  return new Map<Action, ReadonlySet<RoleName>>([
    ["read", readers],
    ["summarise", new Set([...readers, ...drawRoles(random, 2)])],
    ["create", writers],
    ["update", writers],
    ["delete", new Set([...writers].slice(0, 1))],
    ["approve", drawRoles(random, 2)],
    ["import", drawRoles(random, 1)],
  ]);
}

function drawRoles(random: Random, count: number): ReadonlySet<RoleName> {
  const drawn = new Set<RoleName>();
  while (drawn.size < count) drawn.add(random.pick(roleNames));
  return drawn;
}
