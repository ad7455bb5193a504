import { describe, expect, it } from "vitest";
import { compileSnapshot } from "../agreement/compile-policy.js";
import { blocksOf, readPage } from "./read-page.js";

const page = readPage("docs/tokens.md");

describe("docs/tokens.md", () => {
  it.each(blocksOf(page, "yaml"))("shows policies that compile %#", (text) => {
    const { issuers } = compileSnapshot([{ path: "policies/policy.yaml", text }]);
    expect(issuers.every(({ keys }) => keys.kind === "ring")).toBe(true);
  });

  it("shows three policies", () => {
    expect(blocksOf(page, "yaml")).toHaveLength(3);
  });
});
