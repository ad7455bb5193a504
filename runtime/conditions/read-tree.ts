import { refuseTree } from "./built.js";
import { patternAssertions, MAX_PATTERN_STEPS } from "./pattern.js";
import type { PatternProgram, PatternStep } from "./pattern.js";
import { scalarTypes } from "./types.js";
import type { ConditionFields, ConditionType, ScalarType } from "./types.js";

/** Types deeper than this are written by nobody. */
const MAX_TYPE_DEPTH = 32;

export type Plain = { readonly [key: string]: unknown };

export function isPlainObject(value: unknown): value is Plain {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function readObject(value: unknown): Plain {
  return isPlainObject(value) ? value : refuseTree("something is no object");
}

export function readText(value: unknown): string {
  return typeof value === "string" ? value : refuseTree("something is no text");
}

export function readList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : refuseTree("something is no list");
}

export function readType(value: unknown, depth = 0): ConditionType {
  if (depth > MAX_TYPE_DEPTH) return refuseTree("a type is too deep");
  if (typeof value === "string") {
    return isScalar(value) ? value : refuseTree("a type is unknown");
  }
  const type = readObject(value);
  const names = Object.keys(type);
  if (names.length !== 1) return refuseTree("a type is unknown");
  if (names[0] === "list") return { list: readType(type["list"], depth + 1) };
  if (names[0] === "map") {
    const [key, item, ...more] = readList(type["map"]);
    if (more.length > 0) return refuseTree("a type is unknown");
    const keyType = readType(key, depth + 1);
    if (!["string", "int", "uint", "bool", "dyn", "never"].some((name) => name === keyType)) {
      return refuseTree("a map has keys of another type");
    }
    return { map: [keyType, readType(item, depth + 1)] };
  }
  return names[0] === "fields"
    ? { fields: readFields(type["fields"], depth) }
    : refuseTree("a type is unknown");
}

function readFields(value: unknown, depth: number): ConditionFields {
  return Object.fromEntries(
    Object.entries(readObject(value)).map(([name, field]) => {
      // Such a name would find what every object inherits.
      if (name in Object.prototype) return refuseTree("an attribute has a reserved name");
      const { type, optional } = readObject(field);
      const read = { type: readType(type, depth + 1) };
      return [name, optional === true ? { ...read, optional } : read];
    }),
  );
}

function isScalar(value: string): value is ScalarType {
  return scalarTypes.some((type) => type === value);
}

/** A program whose jumps stay inside it, and which ends in a match. */
export function readPattern(value: unknown): PatternProgram {
  const { source, code } = readObject(value);
  const steps = readList(code);
  if (steps.length === 0 || steps.length > MAX_PATTERN_STEPS) {
    return refuseTree("a pattern is too long");
  }
  return { source: readText(source), code: steps.map((step) => readStep(step, steps.length)) };
}

function readStep(value: unknown, length: number): PatternStep {
  const [name, first, second] = readList(value);
  switch (name) {
    case "match":
      return ["match"];
    case "char":
      return ["char", readRanges(first)];
    case "jump":
      return ["jump", readPlace(first, length)];
    case "split":
      return ["split", readPlace(first, length), readPlace(second, length)];
    default: {
      const assertion = patternAssertions.find((known) => known === first);
      if (name !== "assert" || assertion === undefined)
        return refuseTree("a pattern has no such step");
      return ["assert", assertion];
    }
  }
}

function readPlace(value: unknown, length: number): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value >= length) {
    return refuseTree("a pattern leads out of itself");
  }
  return value;
}

function readRanges(value: unknown): readonly number[] {
  const ranges = readList(value);
  let last = -1;
  const read = ranges.map((point, index) => {
    const isOrdered =
      typeof point === "number" &&
      Number.isInteger(point) &&
      point <= 0x10ffff &&
      (index % 2 === 0 ? point > last : point >= last);
    if (!isOrdered) return refuseTree("a pattern has ranges without order");
    last = point;
    return point;
  });
  return read.length % 2 === 0 ? read : refuseTree("a pattern has ranges without order");
}
