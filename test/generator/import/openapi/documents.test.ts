import { describe, expect, it } from "vitest";
import { importDocument, tryImport } from "../../../openapi/import-document.js";
import { documentOf, scoped, serve } from "./serve-import.js";

describe("documents that cannot be imported", () => {
  it.each([
    ["openapi-syntax", "{"],
    ["openapi-syntax", "a: [b"],
    ["openapi-syntax", ""],
    ["openapi-syntax", "openapi: 3.0.0\n---\nopenapi: 3.0.0\n"],
    ["openapi-syntax", "openapi: 3.0.0\npaths:\n  /a: {}\n  /a: {}\n"],
    ["openapi-syntax", `${"[".repeat(5000)}`],
    ["openapi-version", "openapi: &a [*a]"],
    ["openapi-version", "[]"],
    ["openapi-version", "null"],
    ["openapi-version", "{}"],
    ["openapi-version", '{"swagger":"2.0"}'],
    ["openapi-version", '{"openapi":"3.2.0"}'],
    ["openapi-version", "openapi: 3.0"],
    ["openapi-no-operations", '{"openapi":"3.0.0"}'],
    ["openapi-no-operations", '{"openapi":"3.0.0","paths":{"x-a":{}}}'],
  ])("%s: %j", (code, text) => {
    const result = tryImport(text);
    expect(result.ok || result.diagnostics.map((diagnostic) => diagnostic.code)).toEqual([code]);
  });

  it("have aliases that stand for gigabytes", () => {
    const lines = Array.from(
      { length: 30 },
      (_, n) => `a${n}: &a${n} [${n === 0 ? "x" : `*a${n - 1}, *a${n - 1}`}]`,
    );
    const result = tryImport(`openapi: 3.0.0\n${lines.join("\n")}\n`);
    expect(result.ok || result.diagnostics[0]?.code).toBe("openapi-syntax");
  });

  it("are too large", () => {
    const result = tryImport("a".repeat(32 * 1024 * 1024 + 1));
    expect(result.ok || result.diagnostics[0]?.code).toBe("openapi-size");
  });

  it("ask for more roles and permissions than a policy can have", { timeout: 60_000 }, () => {
    const operations = Array.from({ length: 17_000 }, (_, n) => [
      `/x${n}`,
      { get: { security: [scoped(`s${n}`)] } },
    ]);
    const result = tryImport(documentOf(Object.fromEntries(operations)));
    expect(result.ok || result.diagnostics).toMatchObject([
      { code: "openapi-not-a-policy", at: { file: "openapi.json" } },
    ]);
  });

  it("leave files alone that are not theirs", () => {
    const policies = [{ path: "policies/api.yaml", text: "gatewright: 1\n" }];
    const result = tryImport(documentOf({ "/x": { get: {} } }), { policies });
    expect(result.ok || result.diagnostics[0]?.code).toBe("openapi-foreign-file");
  });

  it("do not touch a policy that cannot be read, or a stamp that is none", () => {
    const paths = documentOf({ "/x": { get: {} } });
    const broken = tryImport(paths, { policies: [{ path: "policies/a.yaml", text: "a: !b c" }] });
    expect(broken.ok || broken.diagnostics[0]?.code).toBe("yaml-tag");
    const stamp = { path: "policies/api/import.json", text: "{}" };
    const unstamped = tryImport(paths, { stamp });
    expect(unstamped.ok || unstamped.diagnostics[0]?.code).toBe("openapi-stamp");
  });
});

it("reads YAML and JSON alike", () => {
  const yaml = `openapi: 3.0.3
info: { title: API }
security: [{ oauth: [a] }]
paths:
  /x/{id}:
    parameters: &p
      - { name: id, in: path, required: true, schema: { type: string } }
    get: { operationId: getX, tags: [x], summary: "Get: #1" }
  /y/{id}:
    parameters: *p
    get: { operationId: getY, tags: [x], security: [] }
`;
  const { policies } = importDocument(yaml);
  const text = policies.find(({ path }) => path === "policies/api/x.yaml")?.text;
  expect(text).toContain("GET: x.getX # Get: #1");
  expect(serve({ ...importDocument(yaml) }).routes).toEqual(["GET /x/:id", "GET /y/:id"]);
});
