import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isScalar, parseDocument, stringify } from "yaml";
import type { Scalar } from "yaml";
import { checkCondition } from "../../generator/conditions/check-condition.js";
import { mapOffsets } from "../../generator/conditions/map-offsets.js";

const declarations = { variables: { name: "string", other: "string" } } as const;

function scalarOf(file: string): Scalar {
  const node = parseDocument(file).getIn(["when"], true);
  if (!isScalar(node)) throw new Error("the document has no condition");
  return node;
}

/** What the file says where the value has this part. */
function writtenAs(file: string, part: string): string | undefined {
  const node = scalarOf(file);
  const start = String(node.value).indexOf(part);
  const span = mapOffsets(node, file)?.span({ start, end: start + part.length });
  return span === undefined || start === -1 ? undefined : file.slice(span.start, span.end);
}

describe("places in YAML", () => {
  it.each([
    ["plain", `# a comment\nwhen: name == 'a' && other\n`, "other", "other"],
    ["plain on two lines", `when: name == 'a'\n  && other == 'b'\n`, "other", "other"],
    ["a folded break", `when: name ==\n  'a'\n`, "== 'a'", `==\n  'a'`],
    ["single quotes", `when: 'name == ''a'' && other'\n`, "'a' && other", `''a'' && other`],
    ["double quotes", String.raw`when: "name == \"a\" && other"`, `"a"`, String.raw`\"a\"`],
    ["escapes", String.raw`when: "n\x61me == 'ä' && \u006fther"`, "other", String.raw`\u006fther`],
    ["a quoted break", `when: "name == 'a'\n\n   && other"\n`, "\n", "\n\n   "],
    ["an escaped break", `when: "name == 'a' \\\n   && other"\n`, "other", "other"],
    ["a literal block", `when: |\n  name == 'a' &&\n  other == 'b'\n`, "other", "other"],
    ["a block with an indent", `when: |2-\n    name\n   == other\n`, "== other", "== other"],
    ["a folded block", `when: >-\n  name == 'a' &&\n\n  other == 'b'\n`, "other", "other"],
    ["a folded block with deeper lines", `when: >\n  name\n    == other\n  && x\n`, "&& x", "&& x"],
    ["a block with CRLF", `when: |\r\n  name == 'a' &&\r\n  other\r\n`, "other", "other"],
    ["folds with CRLF", `when: >\r\n  name &&\r\n  other\r\n`, "other", "other"],
    ["a block kept whole", `when: |+\n  name\n  && other\n\n`, "other", "other"],
    ["text beyond the BMP", `when: "name == '😀' && other"\n`, "other", "other"],
    ["in a list in a map", `when: >\n\n  name\n  == other\n`, "other", "other"],
  ])("finds a part of %s", (_, file, part, written) => {
    expect(writtenAs(file, part)).toBe(written);
  });

  it("leads mistakes to where the author wrote them", () => {
    const file = `when: >-\n  name == 'a' &&\n  othr == 'b' ||\n  name == nam\n`;
    const node = scalarOf(file);
    const { mistakes } = checkCondition(String(node.value), { declarations });
    const map = mapOffsets(node, file);
    const shown = mistakes.map((mistake) => {
      const span = map?.span(mistake);
      return file.slice(span?.start, span?.end);
    });
    expect(shown).toEqual(["othr", "nam"]);
  });

  it("reads every text that the yaml library writes, in every style", () => {
    const styles = [
      "PLAIN",
      "QUOTE_SINGLE",
      "QUOTE_DOUBLE",
      "BLOCK_LITERAL",
      "BLOCK_FOLDED",
    ] as const;
    const word = fc.stringMatching(/^[a-z'"\\#:é😀=&|]{0,12}$/u);
    const text = fc.array(fc.tuple(word, fc.constantFrom(" ", "\n", "\n\n", "\n  ", " \n")), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(text, fc.constantFrom(...styles), fc.nat(30), (words, style, width) => {
        const written = `x${words.flat().join("")}x`;
        const file = stringify(
          { when: written },
          { defaultStringType: style, lineWidth: 20 + width },
        );
        const node = scalarOf(file);
        // The library does not write every text so that it reads the same again; what it reads counts.
        const value = String(node.value);
        const map = mapOffsets(node, file);
        expect(map).toBeDefined();
        const letters = [...value]
          .map((_, index) => index)
          .filter((index) => /[a-z]/.test(value[index] ?? ""));
        for (const index of letters) {
          const span = map?.span({ start: index, end: index + 1 });
          expect(file.slice(span?.start, span?.end)).toBe(value[index]);
        }
      }),
      { numRuns: 500 },
    );
  });
});
