import { printPattern } from "../../../3-model/parse-pattern.js";
import { compareText } from "../../../3-model/sort-names.js";
import type { PlannedRoute } from "../2-plan/import-plan.js";
import { printRule } from "./print-rule.js";
import { printKey, printText } from "./print-text.js";

/** A reader loses the prefix of a path that nests deeper. */
const MAX_DEPTH = 5;

/** A segment of paths, with the routes that end there. */
interface PathNode {
  readonly routes: PlannedRoute[];
  readonly children: Map<string, PathNode>;
}

export interface RouteBlock {
  readonly indent: string;
  /** Segments of every pattern that the surroundings say already. */
  readonly skip: number;
  /** Parameters for which the surroundings admit encoded slashes. */
  readonly slashes: readonly string[];
}

/** Prints routes grouped by common prefixes, methods before deeper paths. */
export function printRoutes(routes: readonly PlannedRoute[], block: RouteBlock): readonly string[] {
  const root = createNode();
  for (const route of routes) {
    let node = root;
    for (const piece of piecesOf(route).slice(block.skip)) {
      const child = node.children.get(piece) ?? createNode();
      node.children.set(piece, child);
      node = child;
    }
    node.routes.push(route);
  }
  // The pattern `/` has no segments, and is a key like others.
  const isRoot = block.skip === 0 && root.routes.length > 0;
  const place = { indent: block.indent, depth: 0, slashes: new Set(block.slashes) };
  const own = isRoot
    ? [
        printKey("/", block.indent),
        ...printBody({ ...root, children: new Map() }, "", deeper(place)),
      ]
    : printMethods(root, place);
  return [...own, ...printChildren(root, place)];
}

interface Place {
  readonly indent: string;
  readonly depth: number;
  readonly slashes: ReadonlySet<string>;
}

function deeper({ indent, depth, slashes }: Place): Place {
  return { indent: `${indent}  `, depth: depth + 1, slashes };
}

function printChildren(node: PathNode, place: Place): readonly string[] {
  return [...node.children]
    .toSorted(([a], [b]) => compareText(a, b))
    .flatMap(([piece, child]) => printPath(`/${piece}`, child, place));
}

/** Joins what has one way on; past the depth limit, every path gets a key of its own. */
function printPath(key: string, node: PathNode, place: Place): readonly string[] {
  const [only] = node.children;
  if (node.routes.length === 0 && only !== undefined && node.children.size === 1) {
    return printPath(`${key}/${only[0]}`, only[1], place);
  }
  if (place.depth < MAX_DEPTH) {
    return [printKey(key, place.indent), ...printBody(node, key, deeper(place))];
  }
  const own: PathNode = { routes: node.routes, children: new Map() };
  return [
    ...(node.routes.length === 0
      ? []
      : [printKey(key, place.indent), ...printBody(own, key, deeper(place))]),
    ...[...node.children]
      .toSorted(([a], [b]) => compareText(a, b))
      .flatMap(([piece, child]) => printPath(`${key}/${piece}`, child, place)),
  ];
}

/** A parameter is declared where it enters the path, if all routes below agree, else at each pattern. */
function printBody(node: PathNode, key: string, place: Place): readonly string[] {
  const names = key.split("/").flatMap((piece) => (piece.startsWith(":") ? piece.slice(1) : []));
  const below = routesIn(node);
  const own = node.routes.flatMap(({ slashes }) => slashes);
  const declared = new Map<string, boolean>();
  for (const name of place.slashes) {
    if (node.routes.length > 0 && !own.includes(name)) declared.set(name, false);
  }
  for (const name of names) {
    if (below.every(({ slashes }) => slashes.includes(name))) declared.set(name, true);
  }
  for (const name of own) if (!place.slashes.has(name)) declared.set(name, true);
  const slashes = new Set(place.slashes);
  for (const [name, isSlashed] of declared) {
    if (isSlashed) slashes.add(name);
    else slashes.delete(name);
  }
  return [
    ...printParams(declared, place.indent),
    ...printMethods(node, place),
    ...printChildren(node, { ...place, slashes }),
  ];
}

export function printParams(
  declared: ReadonlyMap<string, boolean>,
  indent: string,
): readonly string[] {
  if (declared.size === 0) return [];
  const lines = [...declared]
    .toSorted(([a], [b]) => compareText(a, b))
    .map(([name, isSlashed]) => printParam(name, isSlashed, `${indent}  `));
  return [`${indent}params:`, ...lines];
}

export const SLASH_COMMENT = "the document lets it hold a slash";

export function printParam(name: string, isSlashed: boolean, indent: string): string {
  const value = `${indent}${printText(name)}: { encodedSlash: ${isSlashed} }`;
  return isSlashed ? `${value} # ${SLASH_COMMENT}` : value;
}

function printMethods({ routes }: PathNode, { indent }: Place): readonly string[] {
  return routes.flatMap((route) => printRule(route, indent));
}

function routesIn(node: PathNode): readonly PlannedRoute[] {
  return [...node.routes, ...[...node.children.values()].flatMap(routesIn)];
}

function piecesOf({ segments }: PlannedRoute): readonly string[] {
  return segments.length === 0 ? [] : printPattern(segments).slice(1).split("/");
}

function createNode(): PathNode {
  return { routes: [], children: new Map() };
}
