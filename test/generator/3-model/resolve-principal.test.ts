import { describe, expect, it } from "vitest";
import { buildModel } from "../../../generator/3-model/build-model.js";
import { validateShape } from "../../../generator/2-validate/validate-shape.js";
import { buildSnapshot } from "../../../generator/5-emit/build-snapshot.js";
import { documentOf } from "../documents-of.js";

const text = (principal: string) => `gatewright: 1\nprincipal: ${principal}\n`;

function modelOf(principal: string) {
  const { model, diagnostics } = buildModel([documentOf(text(principal))]);
  expect(diagnostics).toEqual([]);
  if (model === undefined) throw new Error("no model");
  return model;
}

/** Per mistake its code and what it points at. */
function mistakesOf(principal: string) {
  const source = text(principal);
  const { diagnostics } = buildModel([documentOf(source)]);
  return diagnostics.map(({ code, at }) => [code, source.slice(at.start, at.end).trim()]);
}

function shapeMistakes(cache: string): readonly string[] {
  const document = documentOf(text(`{ from: application, cache: ${cache} }`));
  return validateShape(document).map(({ code }) => code);
}

describe("the cache of principals", () => {
  it("is none where the policy says nothing", () => {
    expect(modelOf("{ from: application }").principal.cache).toBeUndefined();
    expect(buildSnapshot(modelOf("{ from: application }")).principal.cache).toBeNull();
    expect(buildSnapshot(modelOf("{}")).principal.cache).toBeNull();
  });

  it.each([
    ["{ maxAge: 1s }", { maxAgeSeconds: 1, maxEntries: 10_000 }],
    ["{ maxAge: 5m, maxEntries: 1 }", { maxAgeSeconds: 300, maxEntries: 1 }],
    ["{ maxAge: 1h, maxEntries: 1000000 }", { maxAgeSeconds: 3600, maxEntries: 1_000_000 }],
  ])("is %s", (cache, expected) => {
    const model = modelOf(`{ from: application, cache: ${cache} }`);
    expect(model.principal.cache).toEqual(expected);
    expect(buildSnapshot(model).principal.cache).toEqual(expected);
  });

  it.each(["0s", "3601s", "61m", "2h", "30", "-1s", "1.5s", "30 s", "1d", "''", "99999h", "true"])(
    "has no age of %s",
    (age) => {
      expect(mistakesOf(`{ from: application, cache: { maxAge: ${age} } }`)).toEqual([
        ["bad-cache-age", age],
      ]);
    },
  );

  it.each(["0", "-1", "1.5", "1000001", "1e9", "'10'"])("has no size of %s", (size) => {
    expect(mistakesOf(`{ from: application, cache: { maxAge: 1m, maxEntries: ${size} } }`)).toEqual(
      [["bad-cache-size", size]],
    );
  });

  it("stands only where the application is asked", () => {
    const expected = [["unused-cache", "cache"]];
    expect(mistakesOf("{ cache: { maxAge: 1m } }")).toEqual(expected);
    expect(mistakesOf("{ from: claims, cache: { maxAge: 1m } }")).toEqual(expected);
  });

  it("names its age, and nothing that is not known", () => {
    expect(shapeMistakes("{}")).toEqual(["missing-key"]);
    expect(shapeMistakes("{ maxAge: 1m, maxAeg: 1m }")).toEqual(["unknown-key"]);
    expect(shapeMistakes("30s")).toEqual(["wrong-type"]);
    expect(shapeMistakes("{ maxAge: 1m }")).toEqual([]);
  });
});

describe("what the application supplies", () => {
  it("is read by its names, and the id of the token by its path", () => {
    const { principal } = buildSnapshot(
      modelOf("{ from: application, id: user.id, claims: { level: int } }"),
    );
    expect(principal).toEqual({
      from: "application",
      id: ["user", "id"],
      roles: { path: ["roles"], format: "list" },
      scopes: null,
      tenant: ["tenant"],
      claims: [{ name: "level", path: ["claims", "level"], type: "int", optional: false }],
      actor: null,
      cache: null,
    });
  });
});
