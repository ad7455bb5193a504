import { describe, expect, it } from "vitest";
import { compileSnapshot } from "../agreement/compile-policy.js";
import { buildWriters } from "../../runtime/responses/build-writer.js";
import { blocksOf, readPage } from "./read-page.js";

const page = readPage("docs/response-masking.md");
const json = (kind: string): unknown => JSON.parse(blocksOf(page, `json ${kind}`)[0] ?? "");

describe("docs/response-masking.md", () => {
  it.each(["clerk", "manager"])("shows what a %s gets of its document", (role) => {
    const text = blocksOf(page, "yaml")[0] ?? "";
    const snapshot = compileSnapshot([{ path: "policies/policy.yaml", text }]);
    const { responses, roles } = snapshot;
    if (responses === undefined) throw new Error("the page's policy masks nothing");
    const [write] = buildWriters(responses, {});
    const mask = Int32Array.of(1 << roles.indexOf(role));
    const written = write?.(json("document"), { roles: [mask], tenant: "", now: 0 }) ?? "";
    expect(JSON.parse(written)).toEqual(json(role));
  });
});
