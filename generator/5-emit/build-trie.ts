import type { SerializedTrie } from "@gatewright/runtime/abi";
import type { PolicyModel, RouteModel, SegmentModel } from "../3-model/policy-model.js";
import { compareText } from "../3-model/sort-names.js";
import { encodeWords } from "./encode-words.js";

interface Node {
  readonly number: number;
  readonly literals: Map<string, Node>;
  param: Node | undefined;
  star: Node | undefined;
  rest: Binding[];
  end: Binding[];
  /** Bits of the methods bound here or below. */
  methods: number;
}

interface Binding {
  readonly method: number;
  readonly route: number;
}

const NONE = -1;

/** Lays the patterns of all routes out as the flat columns that the runtime walks. */
export function buildTrie(model: PolicyModel, methods: readonly string[]): SerializedTrie {
  const methodNumbers = new Map(methods.map((method, number) => [method, number]));
  const nodes: Node[] = [];
  const root = createNode(nodes);
  model.routes.forEach((route, number) => {
    insert(nodes, root, {
      segments: spelled(route, model.router.caseSensitive),
      binding: { method: methodNumbers.get(route.method) ?? NONE, route: number },
    });
  });
  return layOut(nodes);
}

function insert(
  nodes: Node[],
  root: Node,
  entry: { readonly segments: readonly SegmentModel[]; readonly binding: Binding },
): void {
  const bit = 1 << entry.binding.method;
  let node = root;
  node.methods |= bit;
  for (const segment of entry.segments) {
    if (segment.kind === "rest") {
      node.rest.push(entry.binding);
      return;
    }
    node = childOf(nodes, node, segment);
    node.methods |= bit;
  }
  node.end.push(entry.binding);
}

function childOf(
  nodes: Node[],
  node: Node,
  segment: Exclude<SegmentModel, { kind: "rest" }>,
): Node {
  if (segment.kind === "param") return (node.param ??= createNode(nodes));
  if (segment.kind === "star") return (node.star ??= createNode(nodes));
  const child = node.literals.get(segment.text) ?? createNode(nodes);
  node.literals.set(segment.text, child);
  return child;
}

function createNode(nodes: Node[]): Node {
  const node: Node = {
    number: nodes.length,
    literals: new Map(),
    param: undefined,
    star: undefined,
    rest: [],
    end: [],
    methods: 0,
  };
  nodes.push(node);
  return node;
}

function spelled(route: RouteModel, caseSensitive: boolean): readonly SegmentModel[] {
  if (caseSensitive) return route.segments;
  // Normalised literals are ASCII: lower case is the ASCII folding that the runtime compares with.
  return route.segments.map((segment) =>
    segment.kind === "literal" ? { ...segment, text: segment.text.toLowerCase() } : segment,
  );
}

function layOut(nodes: readonly Node[]): SerializedTrie {
  const nodeWords: number[] = [];
  const edgeWords: number[] = [];
  const terminalWords: number[] = [];
  const bindingWords: number[] = [];
  const offsets = new Map<string, number>();
  let literals = "";
  const offsetOf = (text: string): number => {
    const known = offsets.get(text);
    if (known !== undefined) return known;
    const offset = literals.length;
    offsets.set(text, offset);
    literals += text;
    return offset;
  };
  const terminalOf = (bindings: readonly Binding[]): number => {
    if (bindings.length === 0) return NONE;
    terminalWords.push(bindingWords.length / 2, bindings.length);
    for (const { method, route } of bindings.toSorted((a, b) => a.method - b.method)) {
      bindingWords.push(method, route);
    }
    return terminalWords.length / 2 - 1;
  };
  for (const node of nodes) {
    const edges = [...node.literals].toSorted(([a], [b]) => compareText(a, b));
    nodeWords.push(
      edgeWords.length / 3,
      edges.length,
      node.param?.number ?? NONE,
      node.star?.number ?? NONE,
      terminalOf(node.rest),
      terminalOf(node.end),
      node.methods,
    );
    for (const [text, child] of edges) edgeWords.push(offsetOf(text), text.length, child.number);
  }
  return {
    nodes: encodeWords(nodeWords),
    edges: encodeWords(edgeWords),
    terminals: encodeWords(terminalWords),
    bindings: encodeWords(bindingWords),
    literals,
  };
}
