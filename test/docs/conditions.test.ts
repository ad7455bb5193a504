import { describe, expect, it } from "vitest";
import { checkCondition } from "../../generator/conditions/check-condition.js";
import { conditionMistakeCodes } from "../../generator/conditions/mistake.js";
import { orderDesk } from "../conditions/order-desk.js";
import { readPage } from "./read-page.js";

const page = readPage("docs/conditions.md");

describe("docs/conditions.md", () => {
  it("says what every code means, and names no others", () => {
    const named = new Set(
      [...page.matchAll(/`(condition-[a-z-]+)`/g)].map(([, code = ""]) => code),
    );
    expect([...named].toSorted()).toEqual([...conditionMistakeCodes].toSorted());
  });

  it("shows conditions that compile", () => {
    const blocks = [...page.matchAll(/```cel\n([^]*?)```/g)].map(([, block = ""]) => block);
    const conditions = blocks.flatMap((block) => block.trim().split("\n"));
    expect(conditions.length).toBeGreaterThan(3);
    for (const text of conditions) {
      expect(checkCondition(text, { declarations: orderDesk }).mistakes).toEqual([]);
    }
  });
});
