import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkCondition } from "../../generator/conditions/check-condition.js";
import { findUnfilterable } from "../../generator/conditions/find-unfilterable.js";
import { serializeCondition } from "../../generator/conditions/serialize-condition.js";
import { FilterError } from "../../runtime/filters/filter-error.js";
import { planCondition } from "../../runtime/filters/plan-condition.js";
import { condition, declarations } from "./arbitrary-desk.js";

/** Conditions that read the row in ways that no filter can say, and the part that says why. */
const unfilterable = [
  ["resource.team.matches('^a')", "resource.team.matches('^a')"],
  ["resource.rank + 1 == 2", "resource.rank + 1 == 2"],
  ["size(resource.tags) == 0", "size(resource.tags) == 0"],
  ["resource.tags == []", "resource.tags == []"],
  ["resource.tags[0] == 'a'", "resource.tags[0] == 'a'"],
  ["resource.tags.exists(t, t == 'a')", "resource.tags.exists(t, t == 'a')"],
  ["principal.claims.teams.exists(t, t in resource.tags)", "resource.tags"],
  [
    "principal.claims.teams.exists_one(t, t == resource.team)",
    "principal.claims.teams.exists_one(t, t == resource.team)",
  ],
  [
    "principal.claims.teams.filter(t, t == resource.team) == []",
    "principal.claims.teams.filter(t, t == resource.team) == []",
  ],
  ["[timestamp(0)].exists(t, t == resource.placedAt)", "[timestamp(0)]"],
  ["dyn(resource.team) == 'a'", "dyn(resource.team) == 'a'"],
  ["double(resource.rank) > 1.5", "double(resource.rank) > 1.5"],
  [
    "(resource.locked ? resource.team : 'x') == 'a'",
    "(resource.locked ? resource.team : 'x') == 'a'",
  ],
  ["resource.placedAt.getFullYear() == 2026", "resource.placedAt.getFullYear() == 2026"],
  [
    "string(resource.rank) in principal.claims.teams",
    "string(resource.rank) in principal.claims.teams",
  ],
  ["(resource.team + 'x').startsWith('a')", "(resource.team + 'x')"],
  ["'a' in (resource.locked ? resource.tags : [])", "(resource.locked ? resource.tags : [])"],
  ["true || resource.rank * 2 == 2", "resource.rank * 2 == 2"],
] as const;

function check(text: string) {
  const { condition: checked, mistakes } = checkCondition(text, { declarations });
  expect(mistakes).toEqual([]);
  if (checked === undefined) throw new Error(text);
  return checked;
}

function plans(text: string): boolean {
  try {
    planCondition(serializeCondition(check(text)));
    return true;
  } catch (error) {
    if (error instanceof FilterError) return false;
    throw error;
  }
}

describe("findUnfilterable", () => {
  it.each(unfilterable)("refuses %s at %s, as the runtime does", (text, part) => {
    const found = findUnfilterable(check(text).root);
    expect(found && text.slice(found.start, found.end)).toBe(part);
    expect(plans(text)).toBe(false);
  });

  it.each([
    "principal.claims.teams.exists(t, principal.claims.teams.exists(u, t + u == 'ab'))",
    "request.time > timestamp(0) && resource.locked",
    "principal.id.matches('^a') && resource.owner == principal.id",
    "resource.team in ['a', resource.owner]",
  ])("takes %s", (text) => {
    expect(findUnfilterable(check(text).root)).toBeUndefined();
    expect(plans(text)).toBe(true);
  });

  it("agrees with the runtime about random conditions", () => {
    let refused = 0;
    const part = fc.oneof(
      { weight: 4, arbitrary: condition },
      { weight: 1, arbitrary: fc.constantFrom(...unfilterable.map(([text]) => text)) },
    );
    const whole = fc.oneof(
      part,
      fc
        .tuple(part, part, fc.constantFrom("&&", "||"))
        .map(([a, b, sign]) => `(${a}) ${sign} (${b})`),
      fc.tuple(part, part, part).map(([a, b, c]) => `(${a}) ? (${b}) : !(${c})`),
    );
    fc.assert(
      fc.property(whole, (text) => {
        const isFilterable = findUnfilterable(check(text).root) === undefined;
        expect(plans(text)).toBe(isFilterable);
        if (!isFilterable) refused += 1;
      }),
      { numRuns: 1000 },
    );
    expect(refused).toBeGreaterThan(100);
  });
});
