import { describe, expect, it } from "vitest";
import { checkCondition } from "../../generator/conditions/check-condition.js";
import { findUnfilterable } from "../../generator/conditions/find-unfilterable.js";
import type { Filter, FilterErrorCode, FilterRelation } from "../../runtime/filters.js";
import { declarations } from "../filters/arbitrary-desk.js";
import { codesIn, readPage, rowsOf } from "./read-page.js";

const page = readPage("docs/data-filters.md");

/** In a table a bar is written with a backslash. */
const tables = page.replaceAll("\\|", "¦");

function isFilterable(text: string): boolean {
  const { condition, mistakes } = checkCondition(text.replaceAll("¦", "|"), { declarations });
  expect(mistakes, text).toEqual([]);
  return condition !== undefined && findUnfilterable(condition.root) === undefined;
}

describe("docs/data-filters.md", () => {
  it("shows conditions that become a filter, and others that do not", () => {
    const able = rowsOf(tables, "Condition", "As").flatMap(([texts = ""]) => codesIn(texts));
    const unable = rowsOf(tables, "Condition", "Why not").flatMap(([texts = ""]) => codesIn(texts));
    expect(able.length).toBeGreaterThan(10);
    expect(unable.length).toBeGreaterThan(5);
    expect(able.filter((text) => !isFilterable(text))).toEqual([]);
    expect(unable.filter(isFilterable)).toEqual([]);
  });

  it("names every part of a filter", () => {
    const ops = {
      all: 0,
      none: 0,
      and: 0,
      or: 0,
      not: 0,
      fits: 0,
      present: 0,
      compare: 0,
      in: 0,
      includes: 0,
      text: 0,
    } satisfies Record<Filter["op"], 0>;
    const named = rowsOf(page, "`op`").flatMap(([cell = ""]) => codesIn(cell));
    expect(named.toSorted()).toEqual(Object.keys(ops).toSorted());
    const relations = {
      equal: 0,
      differ: 0,
      less: 0,
      "at-most": 0,
      more: 0,
      "at-least": 0,
    } satisfies Record<FilterRelation, 0>;
    for (const relation of Object.keys(relations)) expect(page).toContain(`\`${relation}\``);
  });

  it("names every code of an error", () => {
    const codes = {
      "not-filterable": 0,
      "too-large": 0,
      "no-column": 0,
      "not-expressible": 0,
    } satisfies Record<FilterErrorCode, 0>;
    const named = rowsOf(page, "Code", "When").flatMap(([cell = ""]) => codesIn(cell));
    expect(named.toSorted()).toEqual(Object.keys(codes).toSorted());
  });
});
