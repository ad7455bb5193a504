import { compileFunction } from "node:vm";
import * as door from "@gatewright/runtime/abi/audit";
import type { CompiledEvent } from "@gatewright/runtime/abi/audit";
import type { MaskOptions } from "@gatewright/runtime/masks";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { printAuditWriters } from "../../../generator/5-emit/emitters/audit-writers.js";
import { buildEventWriters } from "../../../runtime/audit/events/build-event-writer.js";
import type { EventWriter } from "../../../runtime/audit/events/build-event-writer.js";
import type { AuditFieldType, SerializedAuditSchema } from "../../../runtime/serialized-audit.js";
import { findUnprintable, toJavaScript } from "../../hostile/read-emitted.js";
import { hostileValues } from "../masks/hostile-values.js";
import { keys } from "../masks/every-mask.js";

const context = { tenant: "acme", now: Date.parse("2026-06-15T12:00:00Z") };

const masks: readonly MaskOptions[] = [
  { method: "card" },
  { method: "custom", name: "seen" },
  { method: "email" },
  { method: "hmac" },
  { method: "ip" },
  { method: "name" },
  { method: "null-out" },
  { method: "phone" },
];

/** The code of a schema, as a module would have it, with the runtime's door in the place of its import. */
function compile(schema: SerializedAuditSchema): readonly CompiledEvent[] {
  const text = printAuditWriters(schema).join("\n");
  expect(findUnprintable(text)).toBeUndefined();
  const names = [
    "copyList",
    "doubleText",
    "intText",
    "isTextList",
    "plainListJson",
    "textOf",
  ] as const;
  const module = toJavaScript(`const snapshot = { digest: "d" };\n${text}`);
  const make = compileFunction(
    `${module}\nreturn compiled.events;`.replace("export const", "const"),
    [...names],
  );
  return make(...names.map((name) => door[name]));
}

/** The two writers of the first event, and what its custom mask was asked by each. */
function bothWriters(schema: SerializedAuditSchema) {
  const compiled = compile(schema);
  return [[], compiled].map((events) => {
    const asked: unknown[] = [];
    const seen = (value: unknown): string => {
      asked.push(value);
      return `"${String(value).length}"`;
    };
    const writers = buildEventWriters(schema, { keys, custom: { seen } }, events);
    return { write: writers.get("e") as EventWriter, asked };
  });
}

/** Both writers of one schema say and ask the same of each event. */
function expectSame(schema: SerializedAuditSchema, events: readonly (() => unknown)[]): void {
  const writers = bothWriters(schema);
  for (const make of events) {
    const [loop, straight] = writers.map(({ write, asked }) => {
      const reads: string[] = [];
      const written = write(watched(make(), reads), context);
      return { written, reads, asked: asked.splice(0) };
    });
    expect(straight).toEqual(loop);
  }
}

/** An object whose readings are told. */
function watched(value: unknown, reads: string[]): unknown {
  try {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return new Proxy(value, {
      get(target, name) {
        reads.push(String(name));
        return Reflect.get(target, name);
      },
    });
  } catch {
    return value;
  }
}

function fail(): never {
  throw new Error("S3cr3t");
}

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    '"',
    "\\",
    "\ud800",
    "\udc00",
    "\u0000",
    "\u2028",
    "😀",
    "é王",
    '","admin":true,"x":"',
    "4111 1111 1111 1111",
    "jane.doe@example.com",
    "192.0.2.17",
    "+49 30 1234567",
    "Jane Doe",
  ),
);
const fitting: Readonly<Record<AuditFieldType, fc.Arbitrary<unknown>>> = {
  string: text,
  int: fc.oneof(fc.maxSafeInteger(), fc.constant(-0)),
  double: fc.oneof(fc.double(), fc.constantFrom(-0, 1e21, 5e-324)),
  bool: fc.boolean(),
  "list<string>": fc.array(text, { maxLength: 5 }),
};
const anything = fc.oneof(
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withSparseArray: true }),
  fc.constantFrom(undefined, null, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, Object("text")),
);
const name = fc.oneof(
  fc.string({ minLength: 1, unit: "binary" }),
  fc.constantFrom("__proto__", "constructor", "toString", "10", "9", "a-b", 'q"', "q'", "\\", "*/"),
  fc.constantFrom("a", "b", "c", "d", "e", "f"),
);
const field = fc.record({
  name,
  type: fc.constantFrom(...(Object.keys(fitting) as AuditFieldType[])),
  optional: fc.boolean(),
  maxLength: fc.constantFrom(0, 3, 64, 1024),
  mask: fc.oneof(fc.constant(-1), fc.nat(masks.length)),
});
const schemas = fc
  .uniqueArray(field, { selector: (each) => each.name, maxLength: 12 })
  .map((fields) => schemaOf(fields.toSorted((a, b) => (a.name < b.name ? -1 : 1))));

function schemaOf(fields: SerializedAuditSchema["events"][number]["fields"]) {
  const event = { type: "e", category: "business", at: "audit.yaml:1 */", fields };
  const named = masks.map((options) => ({ name: options.method, options }));
  return { events: [event], masks: named, secret: null };
}

function valueOf({ events }: SerializedAuditSchema) {
  const fields = events[0]?.fields ?? [];
  const values = fields.map((each) => [
    each.name,
    fc.oneof({ weight: 8, arbitrary: fitting[each.type] }, { weight: 1, arbitrary: anything }),
  ]);
  const rare = {
    requiredKeys: fields.filter(({ optional }) => !optional).map((each) => each.name),
  };
  const whole = fc.record(Object.fromEntries(values), rare as object);
  return fc.oneof(
    whole,
    fc.tuple(whole, fc.object()).map((both) => Object.assign({}, ...both)),
  );
}

describe("Straight-line code", () => {
  it("says of any event what the loop says, and reads and masks as much", () => {
    const cases = schemas.chain((schema) =>
      fc.tuple(
        fc.constant(schema),
        fc.array(fc.oneof(valueOf(schema), anything), { minLength: 1 }),
      ),
    );
    fc.assert(
      fc.property(cases, ([schema, events]) => {
        expectSame(
          schema,
          events.map((event) => () => event),
        );
      }),
      { numRuns: 300 },
    );
  });

  it("says of hostile values, as the event and as each of its fields, what the loop says", () => {
    fc.assert(
      fc.property(schemas, (schema) => {
        const names = (schema.events[0]?.fields ?? []).map((each) => each.name);
        const events = hostileValues.flatMap(([, hostile]) => [
          hostile,
          ...names.map((key) => () => Object.defineProperty({}, key, { value: hostile() })),
        ]);
        expectSame(schema, events);
      }),
      { numRuns: 30 },
    );
  });

  it("names the field whose getter throws, and reads nothing behind it", () => {
    fc.assert(
      fc.property(schemas, fc.nat(11), (schema, place) => {
        const fields = schema.events[0]?.fields ?? [];
        const at = fields[place % Math.max(fields.length, 1)]?.name ?? "x";
        const make = () => Object.defineProperty({}, at, { enumerable: true, get: fail });
        expectSame(schema, [make]);
        for (const { write } of bothWriters(schema)) {
          if (fields.length === 0) continue;
          const path = `/${at.replaceAll("~", "~0").replaceAll("/", "~1")}`;
          const fault = { path, reason: "unreadable" };
          expect(write(make(), context)).toEqual({ ok: false, fault });
        }
      }),
      { numRuns: 50 },
    );
  });

  it("asks no mask of an event that is not taken", () => {
    const seen = masks.findIndex(({ method }) => method === "custom");
    const plain = { type: "string", optional: false, maxLength: 64 } as const;
    const schema = schemaOf([
      { ...plain, name: "a", mask: seen },
      { ...plain, name: "b", mask: -1 },
    ]);
    for (const { write, asked } of bothWriters(schema)) {
      expect(write({ a: "x", b: 1 }, context)).toMatchObject({ ok: false });
      expect(asked).toEqual([]);
      expect(write({ a: "x", b: "y" }, context)).toMatchObject({ json: '{"a":"\\"1\\"","b":"y"}' });
      expect(asked).toEqual(["x"]);
    }
  });
});
