import type { Random } from "./random.js";

// A table is what a person wrote down twice: as a policy, and as routes of an application. Who may call
// what is read off its own data here; nothing in this folder knows how the product matches a path.

export interface RouteTable {
  readonly caseSensitive: boolean;
  readonly strict: boolean;
  readonly semicolons: "refuse" | "allow";
  /** Whether parameters take `%2F`. */
  readonly encodedSlash: boolean;
  readonly roles: readonly TableRole[];
  readonly routes: readonly TableRoute[];
}

export interface TableRole {
  readonly name: string;
  /** Names of earlier roles. */
  readonly inherits: readonly string[];
  readonly grants: readonly string[];
  readonly denies: readonly string[];
}

export interface TableRoute {
  /** As the policy prints it. */
  readonly id: string;
  readonly method: string;
  /** Literals in their one spelling, `:p<index>`, `*`, `**`; `""` last where a strict pattern ends in a slash. */
  readonly segments: readonly string[];
  readonly access: "public" | "authenticated" | "permissions";
  /** All are needed. */
  readonly permissions: readonly string[];
}

export const tablePermissions: readonly string[] = ["a.r", "a.w", "a.x", "b.r", "b.w"];

/** Whether the table lets a caller run a route's handler; `roles` is null for one without a valid token. */
export function admits(
  table: RouteTable,
  route: TableRoute,
  roles: readonly string[] | null,
): boolean {
  if (route.access === "public") return true;
  if (roles === null) return false;
  const names = new Set(roles.flatMap((role) => [...lineage(table, role)]));
  const held = table.roles.filter(({ name }) => names.has(name));
  return route.permissions.every(
    (permission) =>
      held.some(({ grants }) => grants.includes(permission)) &&
      !held.some(({ denies }) => denies.includes(permission)),
  );
}

/** A role and all that it inherits from. */
function lineage(table: RouteTable, role: string): ReadonlySet<string> {
  const own = table.roles.find(({ name }) => name === role);
  if (own === undefined) return new Set();
  return new Set([role, ...own.inherits.flatMap((parent) => [...lineage(table, parent)])]);
}

export function isLiteral(segment: string): boolean {
  return !segment.startsWith(":") && !segment.startsWith("*");
}

const literals = ["a", "b", "ab", "a.b", "%C3%A9", "x%20y", "%7C", "@", "~", "B", "0"];
const methods = ["GET", "GET", "GET", "GET", "POST", "POST", "DELETE", "HEAD", "OPTIONS", "PUT"];

/** Few words and many wildcards, so that patterns overlap a lot. */
export function randomTable(random: Random): RouteTable {
  const settings = {
    caseSensitive: random.chance(0.4),
    strict: random.chance(0.3),
    semicolons: random.chance(0.15) ? "allow" : "refuse",
    encodedSlash: random.chance(0.3),
  } as const;
  const words = ["a", ...random.some(literals, 2, 4)];
  const roles = randomRoles(random);
  const taken = new Set<string>();
  const routes: TableRoute[] = [];
  const wanted = 4 + random.integer(16);
  for (let attempt = 0; routes.length < wanted && attempt < 100; attempt += 1) {
    const method = random.pick(methods);
    const isShared = routes.length > 0 && random.chance(0.3);
    const segments = isShared
      ? random.pick(routes).segments
      : randomSegments(random, words, settings.strict);
    // The policy refuses two patterns of one method that no request tells apart.
    const shape = segments.map((segment) => (/^(:.*|\*)$/.test(segment) ? ":" : segment)).join("/");
    const key = `${method} ${settings.caseSensitive ? shape : shape.toLowerCase()}`;
    if (taken.has(key)) continue;
    taken.add(key);
    routes.push({ id: `${method} /${segments.join("/")}`, method, segments, ...rule(random) });
  }
  return { ...settings, roles, routes };
}

function randomRoles(random: Random): readonly TableRole[] {
  const names = ["r0", "r1", "r2", "r3"];
  return names.map((name, index) => ({
    name,
    inherits: random.chance(0.3) ? random.some(names.slice(0, index), 0, 2) : [],
    grants: random.some(tablePermissions, 1, 4),
    denies: random.chance(0.35) ? random.some(tablePermissions, 1, 2) : [],
  }));
}

function randomSegments(
  random: Random,
  words: readonly string[],
  strict: boolean,
): readonly string[] {
  const length = random.pick([0, 1, 1, 1, 2, 2, 2, 2, 3, 3]);
  const segments = Array.from({ length }, (_, index) => {
    const kind = random.integer(20);
    if (kind < 11) return random.pick(words);
    return kind < 17 ? `:p${index}` : "*";
  });
  if (random.chance(0.2)) return [...segments, "**"];
  return strict && length > 0 && random.chance(0.15) ? [...segments, ""] : segments;
}

function rule(random: Random): Pick<TableRoute, "access" | "permissions"> {
  const kind = random.integer(10);
  if (kind < 2) return { access: "public", permissions: [] };
  if (kind < 3) return { access: "authenticated", permissions: [] };
  return { access: "permissions", permissions: random.some(tablePermissions, 1, 2) };
}

/** The order in which a careful person registers routes: the most specific first, HEAD before GET. */
export function bySpecificity(table: RouteTable): readonly TableRoute[] {
  const spell = (segment: string) => (table.caseSensitive ? segment : segment.toLowerCase());
  return table.routes.toSorted((a, b) => {
    const length = Math.max(a.segments.length, b.segments.length);
    for (let index = 0; index < length; index += 1) {
      const mine = a.segments[index];
      const theirs = b.segments[index];
      if (rank(mine) !== rank(theirs)) return rank(mine) - rank(theirs);
      if (mine === undefined || theirs === undefined || !isLiteral(mine)) continue;
      // Literals of one place stand together, so that they can share a router.
      if (spell(mine) !== spell(theirs)) return spell(mine) < spell(theirs) ? -1 : 1;
    }
    return Number(b.method === "HEAD") - Number(a.method === "HEAD");
  });
}

/** End, literal, parameter, `*`, `**`. */
function rank(segment: string | undefined): number {
  if (segment === undefined) return 0;
  if (isLiteral(segment)) return 1;
  if (segment === "*") return 3;
  return segment === "**" ? 4 : 2;
}
