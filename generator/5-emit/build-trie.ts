import type { SerializedTrie } from "@gatewright/runtime/abi";
import type { PolicyModel, RouteModel } from "../3-model/policy-model.js";
import type { SegmentModel } from "../3-model/segment-model.js";
import { compareText } from "../3-model/sort-names.js";
import { encodeWords } from "./encode-words.js";

interface Node {
  readonly literals: Map<string, Node>;
  param: Node | undefined;
  star: Node | undefined;
  rest: Binding[];
  end: Binding[];
}

interface Binding {
  readonly method: number;
  readonly route: number;
}

const NONE = -1;

/** Lays the patterns of all routes out as the words that the runtime walks. */
export function buildTrie(model: PolicyModel, methods: readonly string[]): SerializedTrie {
  const methodNumbers = new Map(methods.map((method, number) => [method, number]));
  const root = createNode();
  model.routes.forEach((route, number) => {
    insert(root, {
      segments: spelled(route, model.router.caseSensitive),
      binding: { method: methodNumbers.get(route.method) ?? NONE, route: number },
    });
  });
  return layOut(joined(segmentEnd(root)));
}

function insert(
  root: Node,
  entry: { readonly segments: readonly SegmentModel[]; readonly binding: Binding },
): void {
  let node = root;
  for (const segment of entry.segments) {
    if (segment.kind === "rest") {
      node.rest.push(entry.binding);
      return;
    }
    node = childOf(node, segment);
  }
  node.end.push(entry.binding);
}

function childOf(node: Node, segment: Exclude<SegmentModel, { kind: "rest" }>): Node {
  if (segment.kind === "param") return (node.param ??= createNode());
  if (segment.kind === "star") return (node.star ??= createNode());
  const child = node.literals.get(segment.text) ?? createNode();
  node.literals.set(segment.text, child);
  return child;
}

function createNode(): Node {
  return { literals: new Map(), param: undefined, star: undefined, rest: [], end: [] };
}

function spelled(route: RouteModel, caseSensitive: boolean): readonly SegmentModel[] {
  if (caseSensitive) return route.segments;
  // Normalised literals are ASCII: lower case is the ASCII folding that the runtime compares with.
  return route.segments.map((segment) =>
    segment.kind === "literal" ? { ...segment, text: segment.text.toLowerCase() } : segment,
  );
}

type Entry = readonly [text: string, node: Node];

/** A node by characters, as it is serialised. */
interface RadixNode {
  readonly label: string;
  readonly end: readonly Binding[];
  readonly rest: readonly Binding[];
  readonly param: RadixNode | undefined;
  readonly star: RadixNode | undefined;
  /** By the character that leads there, which is no part of the child's label. */
  readonly children: ReadonlyMap<string, RadixNode>;
}

const bare = {
  label: "",
  end: [],
  rest: [],
  param: undefined,
  star: undefined,
  children: new Map(),
} satisfies RadixNode;

/** Where a segment of the pattern has ended: the path ends too, or a slash follows. */
function segmentEnd(node: Node): RadixNode {
  const { end, rest, param, star, literals } = node;
  const isLast = param === undefined && star === undefined && literals.size === 0;
  return { ...bare, end, rest, children: new Map(isLast ? [] : [["/", segmentStart(node)]]) };
}

function segmentStart({ param, star, literals }: Node): RadixNode {
  return joined({
    ...bare,
    // Of a pattern that ends with its slash, in a strict router.
    end: literals.get("")?.end ?? [],
    param: param && joined(segmentEnd(param)),
    star: star && joined(segmentEnd(star)),
    children: byFirst([...literals].filter(([text]) => text !== "")),
  });
}

/** Behind the first character of literals: what all of them have in common, and what follows that. */
function withinSegment(entries: readonly Entry[]): RadixNode {
  const label = commonStart(entries.map(([text]) => text));
  const own = entries.find(([text]) => text === label);
  const node = own === undefined ? bare : segmentEnd(own[1]);
  const longer = entries
    .filter((entry) => entry !== own)
    .map(([text, end]): Entry => [text.slice(label.length), end]);
  return joined({ ...node, label, children: new Map([...node.children, ...byFirst(longer)]) });
}

function byFirst(entries: readonly Entry[]): ReadonlyMap<string, RadixNode> {
  const groups = new Map<string, Entry[]>();
  for (const [text, node] of entries) {
    const first = text.slice(0, 1);
    const group = groups.get(first) ?? [];
    groups.set(first, group);
    group.push([text.slice(1), node]);
  }
  return new Map([...groups].map(([first, group]) => [first, withinSegment(group)]));
}

function commonStart(texts: readonly string[]): string {
  const [first = ""] = texts;
  let length = first.length;
  while (!texts.every((text) => text.startsWith(first.slice(0, length)))) length -= 1;
  return first.slice(0, length);
}

/** A node at which nothing is decided is one with its only child. */
function joined(node: RadixNode): RadixNode {
  const [only, ...others] = node.children;
  const isUsed = node.end.length + node.rest.length > 0 || (node.param ?? node.star) !== undefined;
  if (only === undefined || others.length > 0 || isUsed) return node;
  const [first, child] = only;
  return { ...child, label: node.label + first + child.label };
}

const HEAD_WORDS = 5;

/** Depth first: what one request reads lies together. */
function layOut(root: RadixNode): SerializedTrie {
  const words: number[] = [];
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
  const placeList = (bindings: readonly Binding[]): number => {
    if (bindings.length === 0) return 0;
    const sorted = bindings.toSorted((a, b) => a.method - b.method);
    return words.push(bindings.length, ...sorted.map(packed)) - bindings.length - 1;
  };
  const place = (
    node: RadixNode | undefined,
  ): { readonly at: number; readonly methods: number } => {
    if (node === undefined) return { at: 0, methods: 0 };
    const { label, children } = node;
    const at = words.length;
    const bytes = [...children.keys()].map((text) => text.charCodeAt(0));
    const first = bytes.length === 0 ? 0 : Math.min(...bytes);
    const count = bytes.length === 0 ? 0 : Math.max(...bytes) - first + 1;
    for (let word = 0; word < HEAD_WORDS + count; word += 1) words.push(0);
    const end = placeList(node.end);
    const rest = placeList(node.rest);
    const hasWays = rest !== 0 || (node.param ?? node.star) !== undefined;
    const ways = hasWays ? words.push(rest, 0, 0) - 3 : 0;
    let methods = [...node.end, ...node.rest].reduce((bits, { method }) => bits | (1 << method), 0);
    const placeBelow = (child: RadixNode | undefined): number => {
      const placed = place(child);
      methods |= placed.methods;
      return placed.at;
    };
    for (const [text, child] of [...children].toSorted(([a], [b]) => compareText(a, b))) {
      words[at + HEAD_WORDS + text.charCodeAt(0) - first] = placeBelow(child);
    }
    if (ways !== 0) {
      words[ways + 1] = placeBelow(node.param);
      words[ways + 2] = placeBelow(node.star);
    }
    const shape = label.length | (first << 16) | (count << 24);
    const head = [offsetOf(label), shape, methods, end, ways];
    words.splice(at, head.length, ...head);
    return { at, methods };
  };
  place(root);
  return { words: encodeWords(words), literals };
}

function packed({ method, route }: Binding): number {
  return route * 32 + method;
}
