import fc from "fast-check";
import { inspect } from "node:util";
import { raw, reveal } from "@gatewright/runtime/masks";
import { describe, expect, it } from "vitest";
import { buildWriters } from "../../../runtime/responses/build-writer.js";
import type { SerializedShape } from "../../../runtime/serialized-responses.js";

const place = { optional: false } as const;

/** `null-out` for all but role 1. */
function value(type: "string" | "int" | "double" | "bool" | "list<string>", mask: number) {
  return { kind: "value", type, mask, plainFor: mask === -1 ? [] : [1], ...place } as const;
}

function writerOf(shape: SerializedShape) {
  const masks = [{ name: "null-out", options: { method: "null-out" } }] as const;
  const schemas = [{ name: "s", at: "", shape }];
  const [write] = buildWriters({ schemas, masks, routes: [], secret: null }, {});
  return (document: unknown, roles: number) =>
    JSON.parse(write?.(document, { roles: [Int32Array.of(roles)], tenant: "", now: 0 }) ?? "");
}

const marker = { $mask: "null" };

/** The same, slow and plain: written from the reference of the policy alone. */
function reference(shape: SerializedShape, given: unknown, isPlain: boolean): unknown {
  if (given === null && shape.optional) return null;
  if (shape.kind === "schema") return marker;
  if (shape.kind === "object") {
    if (shape.list) {
      const item = { ...shape, list: false, optional: false };
      return Array.isArray(given) ? given.map((one) => reference(item, one, isPlain)) : marker;
    }
    if (typeof given !== "object" || given === null || Array.isArray(given)) return marker;
    const own = new Map(Object.entries(given));
    return Object.fromEntries(
      shape.fields
        .filter(({ name }) => own.get(name) !== undefined)
        .map(({ name, shape: inner }) => [name, reference(inner, own.get(name), isPlain)]),
    );
  }
  const isShown = shape.mask === -1 || isPlain;
  const { type } = shape;
  if (type === "list<string>") {
    if (!Array.isArray(given)) return marker;
    return given.map((one) => (isShown && typeof one === "string" ? one : marker));
  }
  const fits = {
    string: typeof given === "string",
    bool: typeof given === "boolean",
    int: typeof given === "number" && Number.isSafeInteger(given),
    double: typeof given === "number" && Number.isFinite(given),
  }[type];
  return isShown && fits ? given : marker;
}

const names = fc.constantFrom("a", "b", "constructor", "toString", "c.d", "$ref");
const { shape: anyShape } = fc.letrec<{ shape: SerializedShape }>((tie) => ({
  shape: fc.oneof(
    { depthSize: "small" },
    fc.record({
      kind: fc.constant("value" as const),
      optional: fc.boolean(),
      type: fc.constantFrom("string", "int", "double", "bool", "list<string>"),
      mask: fc.constantFrom(-1, 0),
      plainFor: fc.constant([1]),
    }),
    fc.record({
      kind: fc.constant("object" as const),
      optional: fc.boolean(),
      list: fc.boolean(),
      fields: fc.uniqueArray(fc.record({ name: names, shape: tie("shape") }), {
        selector: ({ name }) => name,
      }),
    }),
  ),
}));

describe("the writer of a shape", () => {
  it("says what the reference says of random documents", () => {
    const document = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(names, fc.oneof(fc.jsonValue(), fc.dictionary(names, fc.jsonValue()))),
    );
    fc.assert(
      fc.property(anyShape, document, fc.boolean(), (shape, given, isPlain) => {
        // As it comes over HTTP; -0 is 0 in JSON.
        const parsed: unknown = JSON.parse(JSON.stringify(given));
        const expected = JSON.parse(JSON.stringify(reference(shape, parsed, isPlain)));
        expect(writerOf(shape)(parsed, isPlain ? 2 : 1)).toEqual(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it("never says a masked text to a lesser role, wherever a document has it", () => {
    const secret = "S3CR3T-value";
    fc.assert(
      fc.property(anyShape, fc.jsonValue(), (shape, given) => {
        const document = JSON.parse(JSON.stringify(given), (_, one) =>
          typeof one === "string" ? secret : one,
        );
        const hidden = hideAll(shape);
        expect(JSON.stringify(writerOf(hidden)(document, 1))).not.toContain(secret);
      }),
    );
  });

  it("hides whole numbers that are not exact, and what is of another type", () => {
    const write = writerOf({
      kind: "object",
      list: false,
      ...place,
      fields: [{ name: "n", shape: value("int", -1) }],
    });
    for (const n of [2 ** 53, 1.5, "7", true, null, [7], { n: 7 }, Number.NaN, 7n]) {
      expect(write({ n }, 1)).toEqual({ n: marker });
    }
    expect(write(JSON.parse('{"n":9007199254740993}'), 1)).toEqual({ n: marker });
    expect(write({ n: 7 }, 1)).toEqual({ n: 7 });
    expect(write(JSON.parse('{"__proto__":{"n":7}}'), 1)).toEqual({});
    expect(write(Object.create({ n: 7 }), 1)).toEqual({});
    expect(write(JSON.parse('{"n":1,"n":"x"}'), 1)).toEqual({ n: marker });
  });

  it("takes a document that nests deeper than any stack", () => {
    const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    const write = writerOf(value("string", -1));
    expect(write(JSON.parse(deep), 1)).toEqual(marker);
  });

  it("reads a raw value only where there is a mask", () => {
    const write = writerOf({
      kind: "object",
      list: false,
      ...place,
      fields: [
        { name: "m", shape: value("string", 0) },
        { name: "p", shape: value("string", -1) },
      ],
    });
    const document = { m: raw("secret"), p: raw("secret") };
    expect(write(document, 1)).toEqual({ m: marker, p: marker });
    expect(write(document, 2)).toEqual({ m: "secret", p: marker });
  });
});

function hideAll(shape: SerializedShape): SerializedShape {
  if (shape.kind === "value") return { ...shape, mask: 0 };
  if (shape.kind === "schema") return shape;
  const fields = shape.fields.map(({ name, shape: inner }) => ({ name, shape: hideAll(inner) }));
  return { ...shape, fields };
}

describe("a raw value", () => {
  it("shows a marker, whoever looks", () => {
    const hidden = raw("secret");
    const shown = [
      JSON.stringify({ hidden }),
      `${hidden}`,
      inspect({ hidden }, { showHidden: true, depth: 9 }),
      JSON.stringify(Object.getOwnPropertyDescriptors(hidden)),
      JSON.stringify(structuredClone({ ...hidden })),
      Reflect.ownKeys(hidden).join(),
    ];
    for (const text of shown) expect(text).not.toContain("secret");
    expect(shown[0]).toBe('{"hidden":{"$mask":"null"}}');
    expect(reveal(hidden)).toBe("secret");
    expect(() => reveal({} as never)).toThrow(TypeError);
  });
});
