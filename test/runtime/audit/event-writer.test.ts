import { createMask, maskedToJson } from "@gatewright/runtime/masks";
import type { MaskOptions } from "@gatewright/runtime/masks";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildEventWriters } from "../../../runtime/audit/events/build-event-writer.js";
import type { EventWriter } from "../../../runtime/audit/events/build-event-writer.js";
import type { AuditFieldType, SerializedAuditField } from "../../../runtime/serialized-audit.js";
import { keys } from "../masks/every-mask.js";

const context = { tenant: "acme", now: Date.parse("2026-06-15T12:00:00Z") };
const services = { keys, custom: { quote: (text: unknown) => `"${String(text).length}"\ud800` } };

type Field = Partial<SerializedAuditField> & Pick<SerializedAuditField, "name" | "type">;

function createWriter(fields: readonly Field[], masks: readonly MaskOptions[] = []): EventWriter {
  const declared = fields
    .map((field) => ({ optional: false, maxLength: 64, mask: -1, ...field }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const event = {
    type: "user.created",
    category: "business",
    at: "audit.yaml:1",
    fields: declared,
  };
  const named = masks.map((options) => ({ name: options.method, options }));
  const writers = buildEventWriters({ events: [event], masks: named, secret: null }, services);
  return writers.get("user.created") as EventWriter;
}

function reached(): never {
  return expect.unreachable("an undeclared field is read");
}

/** RFC 8785 for an object of scalars and lists, the slow and obvious way. */
function canonical(object: Readonly<Record<string, unknown>>): string {
  const members = Object.keys(object)
    .toSorted()
    .map((name) => `${JSON.stringify(name)}:${JSON.stringify(wellFormed(object[name]))}`);
  return `{${members.join(",")}}`;
}

function wellFormed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(wellFormed);
  return typeof value === "string" ? value.toWellFormed() : value;
}

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) }),
  // Few, so that one comes again behind another.
  fc.constantFrom("allow", "deny", 'say "no"', "a\\b", "tab\t", "\u007f", "\ud800", "é", "王"),
);
const values: Readonly<Record<AuditFieldType, fc.Arbitrary<unknown>>> = {
  string: text,
  int: fc.oneof(fc.maxSafeInteger(), fc.constant(-0)),
  double: fc.double({ noNaN: true, noDefaultInfinity: true }),
  bool: fc.boolean(),
  "list<string>": fc.array(text, { maxLength: 100 }),
};
const types = Object.keys(values) as readonly AuditFieldType[];

describe("An event of public fields", () => {
  const declared = fc.uniqueArray(
    fc.record({
      name: fc.oneof(fc.string({ minLength: 1, unit: "binary" }), fc.constantFrom("10", "9")),
      type: fc.constantFrom(...types),
    }),
    { selector: ({ name }) => name, maxLength: 12 },
  );

  it("is written as RFC 8785 says, whatever its fields, in whatever order", () => {
    const events = declared.chain((fields) =>
      fc.tuple(
        fc.constant(fields),
        fc.array(fc.tuple(...fields.map(({ type }) => values[type])), { minLength: 1 }),
        fc.shuffledSubarray([...fields.keys()], { minLength: fields.length }),
      ),
    );
    fc.assert(
      fc.property(events, ([fields, rows, order]) => {
        const write = createWriter(fields.map((field) => ({ ...field, maxLength: 1024 })));
        for (const row of rows) {
          const event = Object.fromEntries(
            order.map((index) => [fields[index]?.name ?? "", row[index]] as const),
          );
          expect(write(event, context)).toEqual({
            ok: true,
            json: canonical(event),
            undeclared: 0,
          });
        }
      }),
      { numRuns: 300 },
    );
  });

  it("is written as RFC 8785 says after any number of others by one writer", () => {
    const write = createWriter(
      types.map((type) => ({ name: type, type, optional: true, maxLength: 1024 })),
    );
    const event = fc.record(values, { requiredKeys: [] });
    fc.assert(
      fc.property(event, (fields) => {
        expect(write(fields, context)).toMatchObject({ ok: true, json: canonical(fields) });
      }),
      { numRuns: 2000 },
    );
  });

  it("Undeclared field: is absent, is not read, and is counted", () => {
    const write = createWriter([
      { name: "actor", type: "string" },
      { name: "note", type: "string", optional: true },
    ]);
    const extra = fc.uniqueArray(fc.string().filter((name) => !["actor", "note"].includes(name)));
    fc.assert(
      fc.property(extra, fc.nat(20), (names, place) => {
        const event = {};
        const set = (name: string, property: PropertyDescriptor) =>
          Object.defineProperty(event, name, { enumerable: true, ...property });
        for (const name of names.slice(0, place)) set(name, { get: reached });
        set("actor", { value: "ann" });
        for (const name of names.slice(place)) set(name, { get: reached });
        const undeclared = names.length;
        expect(write(event, context)).toEqual({ ok: true, json: '{"actor":"ann"}', undeclared });
      }),
    );
  });

  it.each(["type", "missing", "too-long"])("names the first field at fault: %s", (reason) => {
    const write = createWriter([
      { name: "a", type: "string" },
      { name: "b/c~d", type: "string", maxLength: 3 },
      { name: "z", type: "int" },
    ]);
    const wrong = { type: 1, missing: undefined, "too-long": "long" }[reason];
    const fault = { path: "/b~1c~0d", reason };
    expect(write({ z: "wrong", "b/c~d": wrong, a: "" }, context)).toEqual({ ok: false, fault });
  });
});

describe("A masked field", () => {
  const methods: readonly MaskOptions[] = [
    { method: "card" },
    { method: "custom", name: "quote" },
    { method: "date", show: "year" },
    { method: "email" },
    { method: "hmac" },
    { method: "ip" },
    { method: "name" },
    { method: "null-out" },
    { method: "phone" },
    { method: "resident-id" },
  ];
  const fields = methods.map(
    ({ method }, mask) => ({ name: method, type: "string", mask }) as const,
  );
  const write = createWriter(fields, methods);
  const usual = fc.constantFrom(
    "4111 1111 1111 1111",
    "jane.doe@example.com",
    '"a\\"b"@example.com',
    "192.0.2.17",
    "2001:db8::1",
    "+49301234567",
    "Jane Doe",
    '"Jane"',
    "\\o/",
    "1984-02-29",
    "11010519491231002X",
  );

  it("is written as its mask shows it, for any text", () => {
    fc.assert(
      fc.property(fc.oneof(usual, text), (value) => {
        const event = Object.fromEntries(methods.map(({ method }) => [method, value]));
        const members = methods.map((options) => {
          const field = `user.created/${options.method}`;
          const masked = createMask(options, services)(value, { ...context, field });
          return `"${options.method}":${maskedToJson(masked)}`;
        });
        const json = `{${members.join(",")}}`;
        expect(write(event, context)).toEqual({ ok: true, json, undeclared: 0 });
      }),
      { numRuns: 1000 },
    );
  });

  it("is hidden where its mask is not there", () => {
    const astray = createWriter([{ name: "card", type: "string", mask: methods.length }], methods);
    const json = '{"card":{"$mask":"null"}}';
    expect(astray({ card: "4111" }, context)).toMatchObject({ ok: true, json });
  });

  it("Marker forging: what looks masked is masked like anything else", () => {
    const event = Object.fromEntries(methods.map(({ method }) => [method, "h1:k1:[MASKED]"]));
    expect(JSON.stringify(write(event, context))).not.toContain("MASKED");
  });
});

describe("Total over any value", () => {
  it("never throws, and a fault holds a path and a reason only", () => {
    const write = createWriter(
      types.map((type) => ({ name: type, type, optional: type === "bool" })),
    );
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
    });
    const event = fc.record(
      Object.fromEntries(types.map((type) => [type, fc.oneof(values[type], anything)])),
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(event, anything), (fields) => {
        const written = write(fields, context);
        if (written.ok) return JSON.parse(written.json) !== undefined;
        expect(Object.keys(written)).toEqual(["ok", "fault"]);
        expect(Object.keys(written.fault)).toEqual(["path", "reason"]);
        return ["", ...types.map((type) => `/${type}`)].includes(written.fault.path);
      }),
      { numRuns: 1000 },
    );
  });
});
