import { describe, expect, it } from "vitest";
import { packDocument } from "../../../generator/1-load/pack-document.js";
import { parsePolicy } from "../../../generator/1-load/parse-policy.js";
import { unpackDocument } from "../../../generator/1-load/unpack-document.js";
import { fullPolicy } from "../../full-policy.js";

function source(text: string) {
  return { path: "policies/a.yaml", text };
}

const small = source("a: 1");
const leaf = [3, 4, 1];

function nested(levels: number): unknown {
  return Array.from({ length: levels }).reduce((inner) => [0, 4, "list", [inner]], leaf);
}

function mapOf(levels: number): unknown {
  return [0, 4, "map", [["a", 0, 1, nested(levels)]]];
}

describe("unpackDocument", () => {
  it.each([
    ["a whole policy", JSON.stringify(fullPolicy, undefined, 2)],
    ["every kind of scalar", 'a: [1, 0x10, 1.5, true, null, ~, "\\u00e9\\n", ""]\nb:\nc: |\n  d\n'],
    ["other line ends and a mark before", "\ufeffa: 1\r\nb: [ü, 😀]\r\n"],
  ])("gives back what was packed: %s", (_, text) => {
    const { document } = parsePolicy(source(text));
    if (document === undefined) throw new Error("this can be parsed");
    const packed: unknown = JSON.parse(JSON.stringify(packDocument(document)));
    expect(unpackDocument(packed, source(text))).toEqual(document);
  });

  it("takes paths and texts from the file that is asked for", () => {
    const { document } = parsePolicy(small);
    if (document === undefined) throw new Error("this can be parsed");
    const moved = { path: "policies/b.yaml", text: small.text };
    const expected = parsePolicy(moved).document;
    expect(unpackDocument(packDocument(document), moved)).toEqual(expected);
  });

  it("reads as deep as a policy nests", () => {
    expect(unpackDocument(mapOf(30), small)).toBeDefined();
    expect(unpackDocument(mapOf(32), small)).toBeUndefined();
    expect(unpackDocument(mapOf(9000), small)).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["an object", { kind: "map", entries: [] }],
    ["a scalar", leaf],
    ["a list", [0, 4, "list", []]],
    ["another kind", [0, 4, "set", []]],
    ["a part too many", [0, 4, "map", [], 0]],
    ["entries that are none", [0, 4, "map", {}]],
    ["an entry without value", [0, 4, "map", [["a", 0, 1]]]],
    ["a key that is no text", [0, 4, "map", [[1, 0, 1, leaf]]]],
    ["an empty key", [0, 4, "map", [["", 0, 1, leaf]]]],
    ["a merge key", [0, 4, "map", [["<<", 0, 1, leaf]]]],
    ["a reserved key", [0, 4, "map", [["__proto__", 0, 1, leaf]]]],
    [
      "a key twice",
      [
        0,
        4,
        "map",
        [
          ["a", 0, 1, leaf],
          ["a", 0, 1, leaf],
        ],
      ],
    ],
    ["a place before the start", [-1, 4, "map", []]],
    ["a place behind the end", [0, 5, "map", []]],
    ["a place that ends before it starts", [3, 2, "map", []]],
    ["half a place", [0, 1.5, "map", []]],
    ["a key in no place", [0, 4, "map", [["a", 0, null, leaf]]]],
    ["a scalar that is none", [0, 4, "map", [["a", 0, 1, [3, 4, { toString: 1 }]]]]],
    ["a list within that is none", [0, 4, "map", [["a", 0, 1, [3, 4, "list", [[]]]]]]],
  ])("refuses %s", (_, packed) => {
    expect(unpackDocument(packed, small)).toBeUndefined();
  });
});
