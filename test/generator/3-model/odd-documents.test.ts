import fc from "fast-check";
import { expect, it } from "vitest";
import type { PolicyMap, PolicyNode } from "../../../generator/1-load/policy-document.js";
import { buildModel } from "../../../generator/3-model/build-model.js";
import { lintModel } from "../../../generator/4-lint/lint-model.js";

const sections = `roles resources routes principal tokens router problems audit`.split(" ");
const keys =
  `inherits grants denies actions attributes type params access permissions identity catchAll
fallThrough claim claims from keys sink jsonl file url environment issuer audience algorithms titles
GET HEAD /a /:x /* /** / a b a.b a.* public HS256 __proto__ constructor toString /% /%2f`.split(
    /\s/,
  );
const words = [...sections, ...keys, "", " ", "\u0000", "\ud800", "/\u2028"];
const at = { file: "policies/odd.yaml", start: 0, end: 1 };
const text = fc.oneof(fc.constantFrom(...words), fc.string({ unit: "binary" }));
const { node } = fc.letrec<{ node: PolicyNode }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 6, depthSize: "large" },
    fc
      .oneof(text, fc.integer(), fc.boolean(), fc.constant(null))
      .map((value): PolicyNode => ({ kind: "scalar", at, value })),
    fc
      .array(tie("node"), { maxLength: 4 })
      .map((items): PolicyNode => ({ kind: "list", at, items })),
    mapOf(tie("node"), text),
  ),
}));

function mapOf(
  value: fc.Arbitrary<PolicyNode>,
  key: fc.Arbitrary<string>,
): fc.Arbitrary<PolicyMap> {
  const entry = fc.record({ key, keyAt: fc.constant(at), value });
  return fc.array(entry, { maxLength: 6 }).map((entries) => ({ kind: "map", at, entries }));
}

it("says what is wrong with an odd document, and never throws", () => {
  const root = mapOf(node, fc.constantFrom(...sections));
  fc.assert(
    fc.property(fc.array(root, { minLength: 1, maxLength: 2 }), (roots) => {
      const documents = roots.map((document, index) => ({
        source: { path: `policies/${index}.yaml`, text: "" },
        root: document,
      }));
      const { model, diagnostics } = buildModel(documents);
      expect(model === undefined).toBe(diagnostics.length > 0);
      for (const { code, message, at: place } of diagnostics) {
        expect(code).toMatch(/^[a-z]+(?:-[a-z0-9]+)*$/);
        expect(message).not.toMatch(/[\n\r\u2028\u2029]|\.$/);
        expect(place.file).not.toBe("");
      }
      if (model !== undefined) lintModel(model);
    }),
    { numRuns: 2000 },
  );
});
