import type { HostName } from "../host-apps/host-app.js";
import { bySpecificity, isLiteral, randomTable } from "./route-table.js";
import type { RouteTable, TableRoute } from "./route-table.js";
import type { Random } from "./random.js";

/** How the policy stands before the handlers of a table. */
export const doors = ["mount", "gate", "chain", "route guard", "permission guard"] as const;
export type Door = (typeof doors)[number];

/** One application: a table, a host, a door, and how the routes are laid out. Plain data, to print and shrink. */
export interface Scenario {
  readonly host: HostName;
  readonly door: Door;
  readonly table: RouteTable;
  /** The table's routes in the order of their registration. */
  readonly order: readonly TableRoute[];
  /** Chooses the host's way of writing; see `HostSettings`. */
  readonly style: number;
  /** How many segments of a pattern may become prefixes of routers: 0 for a flat application. */
  readonly depth: 0 | 1 | 2;
  /** Whether the gate or its stages stand once before everything, or again at each router and route. */
  readonly placing: "once" | "each";
  /** Whether `gate.close()` stands at the end. */
  readonly isClosed: boolean;
  /** Whether the gate has taken the server's other doors. */
  readonly isAttached: boolean;
  /**
   * Whether `gate.open` and `gate.target` stand before the application as a whole. Where they do not, the
   * harness keeps from Connect what ends its process; see docs/hosts.md.
   */
  readonly isFronted: boolean;
  /** What a handler before the gate does to `request.url`. */
  readonly rewriter: Rewriter | null;
}

export interface Rewriter {
  readonly kind: "strip" | "prepend" | "replace";
  /** With its slash. */
  readonly path: string;
  /** Whether the gate is told to decide on what the rewriter leaves. */
  readonly isDeclared: boolean;
}

export function randomScenario(random: Random, host: HostName): Scenario {
  const door = random.pick(doors);
  const style = random.integer(30);
  const table = fitHost(host, { door, style }, randomTable(random));
  // Guards stand wherever a route stands, in whatever order; a gate before it all relies on the order.
  const isOrdered = door === "mount" || door === "gate";
  const rewriter = isOrdered && random.chance(0.2) ? randomRewriter(random, host, table) : null;
  const depth = random.pick([0, 0, 1, 1, 2] as const);
  const placing = random.pick(["once", "each"] as const);
  // The end of a chain answers 500 where the chain did not begin.
  const isWhole = placing === "once" && door !== "chain" && door !== "mount";
  return {
    host,
    door,
    table,
    order: isOrdered ? bySpecificity(table) : random.shuffled(table.routes),
    style,
    depth: isGroupable({ host, door, table, rewriter }) ? depth : 0,
    placing,
    isClosed: isWhole && random.chance(0.5),
    isAttached: random.chance(0.5),
    isFronted: rewriter === null && random.chance(host === "connect" ? 0.5 : 0.1),
    rewriter,
  };
}

/** What `rewriter` makes of a URL. */
export function rewrite(rewriter: Rewriter, url: string): string {
  const { kind, path } = rewriter;
  if (kind === "prepend") return path + url;
  if (kind === "replace") return path;
  return url.startsWith(`${path}/`) ? url.slice(path.length) : url;
}

/** A table that says of the host what is true of it. */
function fitHost(
  host: HostName,
  { door, style }: { readonly door: Door; readonly style: number },
  table: RouteTable,
): RouteTable {
  // A dispatcher that decodes before it splits must not be sent encoded slashes.
  const isDecodedFirst = (host === "connect" || host === "node") && style % 3 === 2;
  const encodedSlash = table.encodedSlash && !isDecodedFirst;
  // The gate refuses to stand before handlers of Connect with a policy that does not fold case.
  const caseSensitive = table.caseSensitive && !(host === "connect" && door === "gate");
  return { ...table, encodedSlash, caseSensitive };
}

/**
 * Connect takes `/A` for the prefix `/a` and hands it on as `/a`, so a policy that tells the two apart
 * cannot have prefixes there. A router below `/a` sees `/a` and `/a/` alike, which only guards and the
 * mount helper can make up for. See docs/hosts.md.
 */
function isGroupable({
  host,
  door,
  table,
  rewriter,
}: Pick<Scenario, "host" | "door" | "table" | "rewriter">): boolean {
  if (host === "node") return false;
  // What a rewriter left of a URL is only told apart from a prefix where the host tells the prefix.
  if (host === "connect" && (table.caseSensitive || rewriter !== null)) return false;
  return door !== "gate" || !table.strict;
}

function randomRewriter(random: Random, host: HostName, table: RouteTable): Rewriter {
  const words = table.routes.flatMap(({ segments }) => segments.filter(isLiteral)).filter(Boolean);
  const kind = random.pick(["strip", "prepend", "replace"] as const);
  const path = `/${random.pick([...words, "v1"])}`;
  // Connect does not say which part of a URL a mount path took, so a rewriter must be declared there.
  return { kind, path, isDeclared: host === "connect" || random.chance(0.5) };
}
