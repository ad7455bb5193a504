import type { PolicyModel, RouteModel } from "../3-model/policy-model.js";
import type { SegmentModel } from "../3-model/segment-model.js";

/** A pattern with the routes of all methods that are bound at it; parameter names may differ among them. */
export interface BoundPattern {
  readonly pattern: string;
  /** Literals in the spelling that is compared. */
  readonly segments: readonly SegmentModel[];
  /** Segments before `**`, or all. */
  readonly fixedLength: number;
  readonly hasRest: boolean;
  /** Sorted by method. */
  readonly routes: readonly RouteModel[];
  readonly byMethod: ReadonlyMap<string, RouteModel>;
}

export interface PatternNode {
  readonly literals: ReadonlyMap<string, PatternNode>;
  readonly param: PatternNode | undefined;
  readonly star: PatternNode | undefined;
  readonly rest: BoundPattern | undefined;
  readonly end: BoundPattern | undefined;
  /** Bits of the methods bound at this node or below. */
  readonly methods: number;
}

export interface PatternTrie {
  readonly root: PatternNode;
  readonly patterns: readonly BoundPattern[];
  readonly methods: readonly string[];
  /** Per method, the bits of the methods whose patterns a request of it is matched against. */
  readonly candidates: ReadonlyMap<string, number>;
  /** The longest pattern, in segments. */
  readonly depth: number;
  /** A segment that no literal equals. */
  readonly fresh: string;
  readonly isStrict: boolean;
  readonly maxPathLength: number;
}

interface GrowingPattern extends BoundPattern {
  readonly routes: RouteModel[];
  readonly byMethod: Map<string, RouteModel>;
}

interface GrowingNode {
  readonly literals: Map<string, GrowingNode>;
  param: GrowingNode | undefined;
  star: GrowingNode | undefined;
  rest: GrowingPattern | undefined;
  end: GrowingPattern | undefined;
  methods: number;
}

/** Puts all patterns of all methods into one trie; the lint asks it which pattern decides a path. */
export function buildPatternTrie(model: PolicyModel): PatternTrie {
  const { caseSensitive, strict, maxPathLength } = model.router;
  const methods = [...new Set(model.routes.map((route) => route.method))].toSorted();
  const bits = new Map(methods.map((method, index) => [method, 1 << index]));
  const root = createNode();
  const patterns: GrowingPattern[] = [];
  for (const route of model.routes) {
    const segments = caseSensitive ? route.segments : route.segments.map(foldSegment);
    const bound = insert(root, segments, { route, bit: bits.get(route.method) ?? 0 });
    if (bound.routes.length === 0) patterns.push(bound);
    bound.routes.push(route);
    bound.byMethod.set(route.method, route);
  }
  return {
    root,
    patterns,
    methods,
    candidates: new Map(
      methods.map((method) => {
        const asGet = method === "HEAD" ? (bits.get("GET") ?? 0) : 0;
        return [method, (bits.get(method) ?? 0) | asGet];
      }),
    ),
    depth: patterns.reduce((depth, pattern) => Math.max(depth, pattern.fixedLength), 0),
    fresh: freshSegment(patterns),
    isStrict: strict,
    maxPathLength,
  };
}

/** The route that decides a request of the method where this pattern is the most specific: HEAD may meet GET's. */
export function routeAt(pattern: BoundPattern, method: string): RouteModel | undefined {
  const own = pattern.byMethod.get(method);
  return own === undefined && method === "HEAD" ? pattern.byMethod.get("GET") : own;
}

/** The most specific pattern that matches the path and decides requests of the method. */
export function matchPattern(
  trie: PatternTrie,
  path: readonly string[],
  method: string,
): BoundPattern | undefined {
  const wanted = trie.candidates.get(method) ?? 0;
  return walk(trie.root, 0);

  function walk(node: PatternNode | undefined, index: number): BoundPattern | undefined {
    if (node === undefined || (node.methods & wanted) === 0) return undefined;
    const segment = path[index];
    if (segment === undefined) return decides(node.end) ?? decides(node.rest);
    return (
      walk(node.literals.get(segment), index + 1) ??
      (segment === "" ? undefined : walk(node.param, index + 1)) ??
      (segment === "" ? undefined : walk(node.star, index + 1)) ??
      decides(node.rest)
    );
  }

  function decides(pattern: BoundPattern | undefined): BoundPattern | undefined {
    return pattern !== undefined && routeAt(pattern, method) !== undefined ? pattern : undefined;
  }
}

function insert(
  root: GrowingNode,
  segments: readonly SegmentModel[],
  { route, bit }: { readonly route: RouteModel; readonly bit: number },
): GrowingPattern {
  let node = root;
  node.methods |= bit;
  for (const segment of segments) {
    if (segment.kind === "rest") return (node.rest ??= createPattern(route, segments));
    node = childOf(node, segment);
    node.methods |= bit;
  }
  return (node.end ??= createPattern(route, segments));
}

function childOf(node: GrowingNode, segment: Exclude<SegmentModel, { kind: "rest" }>): GrowingNode {
  if (segment.kind === "param") return (node.param ??= createNode());
  if (segment.kind === "star") return (node.star ??= createNode());
  const child = node.literals.get(segment.text) ?? createNode();
  node.literals.set(segment.text, child);
  return child;
}

function createNode(): GrowingNode {
  return {
    literals: new Map(),
    param: undefined,
    star: undefined,
    rest: undefined,
    end: undefined,
    methods: 0,
  };
}

function createPattern(route: RouteModel, segments: readonly SegmentModel[]): GrowingPattern {
  const hasRest = segments.at(-1)?.kind === "rest";
  return {
    pattern: route.pattern,
    segments,
    fixedLength: segments.length - (hasRest ? 1 : 0),
    hasRest,
    routes: [],
    byMethod: new Map(),
  };
}

/** Policy text is ASCII once it is normalised. */
function foldSegment(segment: SegmentModel): SegmentModel {
  return segment.kind === "literal" ? { ...segment, text: segment.text.toLowerCase() } : segment;
}

function freshSegment(patterns: readonly BoundPattern[]): string {
  const literals = new Set(
    patterns.flatMap(({ segments }) =>
      segments.flatMap((segment) => (segment.kind === "literal" ? segment.text : [])),
    ),
  );
  const short = ["x", "y", "z", "1", "2"].find((text) => !literals.has(text));
  let number = 0;
  while (literals.has(`x${number}`)) number += 1;
  return short ?? `x${number}`;
}
