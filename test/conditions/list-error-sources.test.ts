import { describe, expect, it } from "vitest";
import { checkCondition } from "../../generator/conditions/check-condition.js";
import { listErrorSources } from "../../generator/conditions/list-error-sources.js";
import type { ConditionDeclarations } from "../../generator/conditions/scope.js";
import { orderDesk } from "./order-desk.js";

const declarations: ConditionDeclarations = {
  variables: { ...orderDesk.variables, any: "dyn" },
};

/** What can fail, each as its cause and its part of the condition. */
function sourcesOf(text: string): readonly string[] {
  const { condition, mistakes } = checkCondition(text, { declarations });
  if (condition === undefined) throw new Error(JSON.stringify(mistakes));
  return listErrorSources(condition).map(
    ({ cause, start, end }) => `${cause}: ${text.slice(start, end)}`,
  );
}

describe("what can leave a condition undecided", () => {
  it.each([
    "resource.ownerId == principal.id",
    "has(principal.tenant) && principal.tenant == resource.tenant",
    "principal.level + 1 > 3 && principal.level * 2 < 100",
    "resource.count / 2 > 3 && resource.count % 7 == 1",
    "resource.lines.all(line, line.price < 10.0 && (!has(line.note) || line.note.contains('x')))",
    "has(principal.labels.team) && principal.labels.team == 'a'",
    "has(principal.labels.team) && principal.labels['team'] == 'a'",
    "request.time.getHours('Europe/Berlin') >= 8 && request.time < timestamp('2030-01-01T00:00:00Z')",
    "duration('1h') > duration('30m')",
    "principal.roles.exists(r, r.matches('^a+$'))",
    "resource.total / 0.0 > 1.0",
    "any == 3",
    // The rest decides, whatever this part does.
    "10 / resource.count > 2 || true",
    "false && 10 / resource.count > 2",
    "(10 / resource.count > 2 && true) || !(false)",
    "has(principal.id) ? true : 10 / resource.count > 2",
  ])("is nothing in %s", (text) => {
    expect(sourcesOf(text)).toEqual([]);
  });

  it.each([
    ["10 / resource.count > 2", "divide-by-zero: 10 / resource.count"],
    ["principal.labels.team == 'a'", "no-such-key: principal.labels.team"],
    ["resource.lines[0].price > 1.0", "out-of-bounds: resource.lines[0]"],
    ["int(principal.id) > 3", "invalid-value: int(principal.id)"],
    ["any > 3", "wrong-type: any > 3"],
    [
      "request.time - resource.createdAt > duration('1h')",
      "overflow: request.time - resource.createdAt",
    ],
    [
      "request.time.getHours(principal.id) > 3",
      "invalid-value: request.time.getHours(principal.id)",
    ],
    [
      "{principal.id: 1, resource.ownerId: 2}.size() == 2",
      "repeated-key: {principal.id: 1, resource.ownerId: 2}",
    ],
    [
      "resource.lines.exists(l, principal.roles.exists(r, r == l.sku))",
      "too-costly: principal.roles",
    ],
    [
      "resource.lines.exists(l, principal.roles.exists(r, r == l.sku)) || true",
      "too-costly: principal.roles",
    ],
    ["10 / resource.count > 2 || principal.level > 3", "divide-by-zero: 10 / resource.count"],
    ["principal.level > 3 && 10 / resource.count > 2", "divide-by-zero: 10 / resource.count"],
  ])("is a part of %s", (text, source) => {
    expect(sourcesOf(text)).toEqual([source]);
  });

  it("is every part that can fail by itself, in order", () => {
    expect(
      sourcesOf("int(principal.id) / resource.count > 2 || principal.labels.a == 'x'"),
    ).toEqual([
      "invalid-value: int(principal.id)",
      "divide-by-zero: int(principal.id) / resource.count",
      "no-such-key: principal.labels.a",
    ]);
  });
});
