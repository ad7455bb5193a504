import { describe, expect, it } from "vitest";
import { compileSnapshot } from "../agreement/compile-policy.js";
import { blocksOf, readPage } from "./read-page.js";

const page = readPage("docs/sessions.md");

describe("docs/sessions.md", () => {
  it("shows a policy that compiles, with a route for each handler that its code mounts", () => {
    const [text = "", ...others] = blocksOf(page, "yaml");
    expect(others).toEqual([]);
    const { routes, sessions } = compileSnapshot([{ path: "policies/policy.yaml", text }]);
    expect(sessions?.clients.map(({ flow }) => flow)).toEqual(["native", "browser"]);
    const [code = ""] = blocksOf(page, "ts");
    const mounted = [...code.matchAll(/^ {2}"([A-Z]+ [^"]+)":/gm)].map(([, id]) => id);
    const ids = routes.map(({ id }) => id).filter((id) => id !== "GET /orders");
    expect(mounted.toSorted()).toEqual(ids.toSorted());
  });
});
