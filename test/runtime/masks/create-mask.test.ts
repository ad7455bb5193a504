import {
  createMask,
  maskedToJson,
  maskedToValue,
  maskMethods,
  NULL_MARKER,
  NULL_MARKER_JSON,
} from "@gatewright/runtime/masks";
import type { MaskOptions } from "@gatewright/runtime/masks";
import { describe, expect, it } from "vitest";
import { digitValue } from "../../../runtime/masks/text.js";
import { context } from "./every-mask.js";

const invalid = expect.objectContaining({ code: "configuration-invalid" });

describe("createMask", () => {
  it("lists its methods in one order", () => {
    expect(maskMethods).toEqual([...maskMethods].toSorted());
    expect(new Set(maskMethods).size).toBe(maskMethods.length);
  });

  it.each(["rot13", "toString", "__proto__"])("knows no method %s", (method) => {
    expect(() => createMask({ method } as unknown as MaskOptions)).toThrow(invalid);
  });

  it.each<MaskOptions>([
    { method: "hmac" },
    { method: "binary", linked: true },
    { method: "custom", name: "missing" },
    { method: "custom", name: "toString" },
  ])("is not made without what it needs: %j", (options) => {
    expect(() => createMask(options, { custom: {} })).toThrow(invalid);
  });

  it("counts the failures of a custom mask", () => {
    const failures: string[] = [];
    const onFailure = (failure: string) => failures.push(failure);
    const custom = { same: (value: unknown) => String(value) };
    const mask = createMask(
      { method: "custom", name: "same", maxLength: 3 },
      { custom, onFailure },
    );
    expect([mask("abc", context), mask("abcd", context)]).toEqual([null, null]);
    expect(failures).toEqual(["result", "too-long"]);
  });
});

describe("what was masked", () => {
  it("has the null marker for a value and for its JSON, which no text can be", () => {
    expect(maskedToValue(null)).toBe(NULL_MARKER);
    expect(Object.isFrozen(NULL_MARKER)).toBe(true);
    expect(maskedToJson(null)).toBe(NULL_MARKER_JSON);
    expect(JSON.stringify(NULL_MARKER)).toBe(NULL_MARKER_JSON);
    expect(maskedToJson(NULL_MARKER_JSON)).not.toBe(NULL_MARKER_JSON);
  });

  it("is written as JSON", () => {
    expect(["王**", 1984, 'a"b'].map(maskedToJson)).toEqual(['"王**"', "1984", '"a\\"b"']);
    expect([maskedToValue("x"), maskedToValue(1)]).toEqual(["x", 1]);
  });
});

it("knows the value of every decimal digit of Unicode", () => {
  let [expected, previous, digits] = [0, 0, 0];
  for (let codePoint = 0; codePoint <= 0x10ffff; codePoint += 1) {
    if (!/^\p{Nd}$/u.test(String.fromCodePoint(codePoint))) continue;
    expected = codePoint === previous + 1 ? (expected + 1) % 10 : 0;
    if (digitValue(codePoint) !== expected) expect.fail(codePoint.toString(16));
    [previous, digits] = [codePoint, digits + 1];
  }
  expect(digits % 10).toBe(0);
  expect(digits).toBeGreaterThanOrEqual(650);
  for (const other of ["²", "①", "Ⅳ", "一", "a", "\u00bd"]) {
    expect(digitValue(other.codePointAt(0) ?? 0)).toBe(-1);
  }
});
