import type { Caller } from "./callers.js";
import { targetOf } from "./draft.js";
import type { Draft, Mutation } from "./draft.js";
import { pathMutations } from "./path-mutations.js";
import type { Random } from "./random.js";
import { requestMutations } from "./request-mutations.js";
import { admits, isLiteral } from "./route-table.js";
import type { RouteTable, TableRoute } from "./route-table.js";

/** One request, and what is known about it without any matching. */
export interface Trial {
  readonly draft: Draft;
  /** As on the wire. */
  readonly target: string;
  /** Names of the mutations that made it; none for a request as a well-meaning client sends it. */
  readonly mutations: readonly string[];
}

const mutations: readonly Mutation[] = [...pathMutations, ...requestMutations];
export const mutationNames: readonly string[] = mutations.map(({ name }) => name);

export function randomTrial(random: Random, table: RouteTable, callers: readonly Caller[]): Trial {
  const route = random.pick(table.routes);
  const caller = pickCaller(random, { table, route, callers });
  let draft: Draft = {
    method: route.method,
    path: `/${fill(random, route).join("/")}`,
    query: random.chance(0.1) ? "?page=2" : "",
    before: "",
    version: "HTTP/1.1",
    headers: [
      "Host: localhost",
      ...(caller.authorization === null ? [] : [`Authorization: ${caller.authorization}`]),
    ],
    body: "",
    words: [
      "a",
      ...table.routes.flatMap(({ segments }) => segments.filter(isLiteral)).filter(Boolean),
    ],
    caller,
    mayClose: false,
  };
  const applied: string[] = [];
  const count = random.chance(0.4) ? 0 : random.chance(0.85) ? 1 : 2;
  while (applied.length < count) {
    const mutation = random.pick(mutations.filter(({ name }) => !applied.includes(name)));
    draft = mutation.apply(draft, random);
    applied.push(mutation.name);
  }
  const target = targetOf(draft);
  // Node's parser takes no target that starts otherwise, and closes the connection.
  const mayClose = draft.mayClose || !target.startsWith("/");
  return { draft: { ...draft, mayClose }, target, mutations: applied };
}

/** The bytes of a trial, one per character; `mark` comes back from the handler. */
export function printTrial({ draft, target }: Trial, mark: number): string {
  const { method, version, headers, body } = draft;
  const lines = [`${method} ${target} ${version}`, `X-Trial: ${mark}`, ...headers];
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}

/** Mostly somebody whom the route admits, often somebody else with a valid token. */
function pickCaller(
  random: Random,
  {
    table,
    route,
    callers,
  }: {
    readonly table: RouteTable;
    readonly route: TableRoute;
    readonly callers: readonly Caller[];
  },
): Caller {
  const kind = random.integer(20);
  const verified = callers.filter(({ roles }) => roles !== null);
  const admitted = verified.filter(({ roles }) => admits(table, route, roles));
  const refused = verified.filter(({ roles }) => !admits(table, route, roles));
  if (kind < 12 && admitted.length > 0) return random.pick(admitted);
  if (kind < 18 && refused.length > 0) return random.pick(refused);
  return random.pick(callers);
}

const fillings = [
  "7",
  "x",
  "a",
  "b",
  "ab",
  "a.b",
  "c.d",
  "%20",
  "caf%C3%A9",
  "%3A",
  "@",
  "0",
  "a-b",
  "%25",
  "(x)",
];

function fill(random: Random, { segments }: TableRoute): readonly string[] {
  return segments.flatMap((segment) => {
    if (segment === "**") {
      return Array.from({ length: random.integer(4) }, () => random.pick(fillings));
    }
    return [isLiteral(segment) ? segment : random.pick(fillings)];
  });
}
