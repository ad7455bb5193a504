import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkCondition } from "../../generator/conditions/check-condition.js";
import { serializeCondition } from "../../generator/conditions/serialize-condition.js";
import { ConditionError, buildCondition, checkInputs } from "../../runtime/abi-conditions.js";
import { GateError } from "../../runtime/gate-error.js";
import { orderDesk } from "./order-desk.js";

function treeOf(text: string): unknown {
  const { condition, mistakes } = checkCondition(text, { declarations: orderDesk });
  if (condition === undefined) throw new Error(JSON.stringify(mistakes));
  return JSON.parse(JSON.stringify(serializeCondition(condition)));
}

const refused = expect.objectContaining({ code: "snapshot-invalid" });

function isRefused(tree: unknown): boolean {
  try {
    buildCondition(tree);
    return false;
  } catch (error) {
    expect(error).toBeInstanceOf(GateError);
    expect(error).toEqual(refused);
    return true;
  }
}

const inputs = {
  principal: { id: "ann", roles: ["clerk"], level: 3, labels: {}, org: null },
  request: { method: "GET", time: new Date(0), headers: {}, params: { orderId: "1" } },
  resource: { ownerId: "ann", tenant: "t", total: 1, count: 0, createdAt: new Date(0), lines: [] },
};

describe("a condition of a snapshot", () => {
  it("answers true, false, or why it cannot be decided", () => {
    expect(buildCondition(treeOf("resource.ownerId == principal.id"))(inputs)).toBe(true);
    expect(buildCondition(treeOf("principal.level > 3"))(inputs)).toBe(false);
    const failed = buildCondition(treeOf("10 / resource.count > 1"))(inputs);
    expect(failed).toBeInstanceOf(ConditionError);
    expect(failed).toMatchObject({ code: "divide-by-zero" });
  });

  it("does not throw for inputs that have another shape, and lets none of them pass", () => {
    const isOwner = buildCondition(treeOf("resource.lines.exists(l, l.sku == principal.id)"));
    for (const wrong of [
      {},
      { resource: null },
      { resource: { lines: 1 } },
      { principal: inputs.principal },
    ]) {
      expect(isOwner(wrong)).toMatchObject({ code: expect.stringMatching(/internal|wrong-input/) });
    }
    const throwing = {
      get resource(): never {
        throw new Error("secret");
      },
    };
    expect(isOwner(throwing)).toMatchObject({
      code: "internal",
      message: expect.not.stringContaining("secret"),
    });
  });

  it("is the same after it was written and read as JSON", () => {
    const text =
      "principal.id.matches('^a') && 9223372036854775807 > resource.count && resource.total > -0.0";
    const tree = treeOf(text);
    expect(JSON.parse(JSON.stringify(tree))).toEqual(tree);
    expect(buildCondition(tree)(inputs)).toBe(true);
  });
});

describe("a tree that comes from elsewhere", () => {
  const text =
    "has(principal.tenant) && principal.tenant == resource.tenant || resource.lines.exists(l, l.price < 2.0 && l.sku.matches('^[a-c]+$')) || principal.level + 1 in [1, 2] || request.time < timestamp('2030-01-01T00:00:00Z')";

  it.each([
    ["no object", null],
    ["another format", { ...(treeOf("true") as object), format: 2 }],
    ["an unknown part", { format: 1, inputs: {}, node: { op: "eval", code: "1" } }],
    ["no bool", { format: 1, inputs: {}, node: { op: "literal", type: "int", value: 1 } }],
    [
      "a literal of another type",
      { format: 1, inputs: {}, node: { op: "literal", type: "bool", value: 1 } },
    ],
    ["an unknown input", { format: 1, inputs: {}, node: { op: "input", name: "x" } }],
    ["an inherited input", { format: 1, inputs: {}, node: { op: "input", name: "constructor" } }],
    [
      "a reserved attribute",
      {
        format: 1,
        inputs: { x: { fields: { toString: { type: "bool" } } } },
        node: { op: "field", of: { op: "input", name: "x" }, name: "toString" },
      },
    ],
    [
      "an unknown function",
      { format: 1, inputs: {}, node: { op: "call", name: "constructor", args: [] } },
    ],
    [
      "an unknown dynamic function",
      { format: 1, inputs: {}, node: { op: "dynamic", name: "toString", args: [] } },
    ],
    ["a variable of no macro", { format: 1, inputs: {}, node: { op: "local", slot: 0 } }],
    [
      "a pattern that leads out of itself",
      {
        format: 1,
        inputs: { x: "string" },
        node: {
          op: "matches",
          of: { op: "input", name: "x" },
          pattern: { source: "", code: [["jump", 7]] },
        },
      },
    ],
  ])("is refused for %s", (_, tree) => {
    expect(isRefused(tree)).toBe(true);
  });

  it("is refused when it is too deep", () => {
    const deep = Array.from({ length: 5000 }).reduce<unknown>((of) => ({ op: "not", of }), {
      op: "literal",
      type: "bool",
      value: true,
    });
    expect(isRefused({ format: 1, inputs: {}, node: deep })).toBe(true);
  });

  it("is refused or still answers, whatever was changed in it", () => {
    const tree = treeOf(text);
    const places = pathsOf(tree);
    const value = fc.constantFrom<unknown>(
      null,
      0,
      -1,
      1e9,
      "",
      "int",
      "bool",
      "equal",
      "x",
      [],
      {},
      true,
      "__proto__",
    );
    let count = 0;
    fc.assert(
      fc.property(fc.constantFrom(...places), value, (path, changed) => {
        const other = withChange(tree, path, changed);
        if (isRefused(other)) {
          count += 1;
          return;
        }
        const answer = buildCondition(other)(inputs);
        expect(typeof answer === "boolean" || answer instanceof ConditionError).toBe(true);
      }),
      { numRuns: 2000 },
    );
    expect(count).toBeGreaterThan(1000);
  });
});

describe("inputs", () => {
  const { fields } = orderDesk.variables.resource;

  it("are checked against their declared types", () => {
    expect(checkInputs(fields, inputs.resource)).toBeUndefined();
    expect(checkInputs(fields, { ...inputs.resource, ownerId: undefined })).toBe("ownerId");
    expect(checkInputs(fields, { ...inputs.resource, count: 1.5 })).toBe("count");
    expect(checkInputs(fields, { ...inputs.resource, createdAt: "2024" })).toBe("createdAt");
    // CEL has the years 1 to 9999.
    for (const time of [Number.NaN, Date.UTC(10_000, 0), -62_135_596_800_001]) {
      const createdAt = new Date(time);
      expect(checkInputs(fields, { ...inputs.resource, createdAt })).toBe("createdAt");
    }
    expect(checkInputs(fields, { ...inputs.resource, lines: [{ sku: "a", price: "1" }] })).toBe(
      "lines",
    );
    expect(
      checkInputs(fields, { ...inputs.resource, lines: [{ sku: "a", price: 1, note: null }] }),
    ).toBeUndefined();
    expect(checkInputs(fields, null)).toBe("");
    expect(checkInputs(orderDesk.variables.principal.fields, inputs.principal)).toBeUndefined();
  });
});

type Path = readonly string[];

function pathsOf(value: unknown): readonly Path[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    [key],
    ...pathsOf(inner).map((path) => [key, ...path]),
  ]);
}

function withChange(value: unknown, [key, ...rest]: Path, changed: unknown): unknown {
  if (key === undefined) return changed;
  if (Array.isArray(value)) {
    return value.map((item, index) =>
      String(index) === key ? withChange(item, rest, changed) : item,
    );
  }
  if (typeof value !== "object" || value === null) return changed;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      name === key ? withChange(item, rest, changed) : item,
    ]),
  );
}
