import { raw } from "@gatewright/runtime/masks";
import { expect, it } from "vitest";
import { buildEventWriters } from "../../../runtime/audit/events/build-event-writer.js";

const field = { optional: false, maxLength: 100 } as const;
const writers = buildEventWriters(
  {
    events: [
      {
        type: "a.b",
        category: "c",
        at: "",
        fields: [
          { name: "card", type: "string", mask: 0, ...field },
          { name: "id", type: "int", mask: -1, ...field },
        ],
      },
    ],
    masks: [{ name: "card", options: { method: "card" } }],
    secret: null,
  },
  {},
);

function written(fields: object) {
  return writers.get("a.b")?.(fields, { tenant: "", now: 0 });
}

it("a raw value is opened where it is masked, and is taken nowhere else", () => {
  const json = '{"card":"**** **** **** 1111","id":7}';
  expect(written({ card: raw("4111 1111 1111 1111"), id: 7 })).toMatchObject({ ok: true, json });
  const atId = { ok: false, fault: { path: "/id", reason: "type" } };
  expect(written({ card: "4111 1111 1111 1111", id: raw(7) })).toEqual(atId);
  const atCard = { ok: false, fault: { path: "/card", reason: "type" } };
  expect(written({ card: raw(7), id: 7 })).toEqual(atCard);
  expect(written({ card: raw(raw("x")), id: 7 })).toEqual(atCard);
});
