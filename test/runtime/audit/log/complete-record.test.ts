import fc from "fast-check";
import { expect, it } from "vitest";
import { canonicalText, requestText } from "../../../../runtime/audit/log/complete-record.js";
import { canonicalize } from "./canonicalize.js";

const names = [
  "action",
  "category",
  "cause",
  "client",
  "clock",
  "credential",
  "decision",
  "durationMs",
  "epoch",
  "id",
  "observedTime",
  "outcome",
  "principal",
  "resource",
  "sequence",
  "status",
  "time",
  "type",
  "unknownRoles",
  "somethingElse",
];
const text = fc.string({ unit: "binary", maxLength: 8 });
const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    text,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(
      fc.oneof(fc.string({ maxLength: 4 }), fc.constantFrom("b", "a", "\u{1f600}", "\uffff")),
      tie("value"),
      {
        maxKeys: 4,
      },
    ),
  ),
})).value;
const scalar = fc.oneof(
  text,
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constant(null),
);
const deep = new Set(["clock", "credential", "principal", "resource", "somethingElse"]);
const record = fc
  .uniqueArray(fc.constantFrom(...names))
  .chain((chosen) =>
    fc.tuple(...chosen.map((name) => fc.tuple(fc.constant(name), deep.has(name) ? plain : scalar))),
  );

it("a record is RFC 8785, whatever is in it and in whatever order", () => {
  fc.assert(
    fc.property(record, (members) => {
      const object = Object.fromEntries(members);
      // -0 is 0 there, and half a character is none.
      const wanted = canonicalize(JSON.parse(JSON.stringify(object).toWellFormed()));
      expect(canonicalText(object)).toBe(wanted);
      expect(requestText(object)).toBe(wanted);
    }),
  );
});

it("half of a character becomes U+FFFD, and a text that names one stays", () => {
  const halves = { id: "a\ud800b", principal: { id: "\udc00", issuer: "x" } };
  const wanted = '{"id":"a\ufffdb","principal":{"id":"\ufffd","issuer":"x"}}';
  expect(requestText(halves)).toBe(wanted);
  expect(canonicalText(halves)).toBe(wanted);
  expect(requestText({ id: "\\ud800" })).toBe('{"id":"\\\\ud800"}');
});

it("what is undefined is left out", () => {
  const object = { cause: undefined, id: "1", principal: { actor: undefined, id: "a" } };
  const wanted = '{"id":"1","principal":{"id":"a"}}';
  expect([requestText(object), canonicalText(object)]).toEqual([wanted, wanted]);
});
