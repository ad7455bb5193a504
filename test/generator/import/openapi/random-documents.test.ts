import { explain, loadSnapshot } from "@gatewright/runtime";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compile } from "../../../../generator/compile.js";
import {
  expectedOperations,
  expectedRoles,
  expectedStatus,
} from "../../../openapi/expected-decisions.js";
import type { ExpectedOperation } from "../../../openapi/expected-decisions.js";
import { importDocument, tryImport } from "../../../openapi/import-document.js";
import type { Imported } from "../../../openapi/import-document.js";
import { arbitraryDocument } from "./arbitrary-document.js";
import type { SmallDocument } from "./arbitrary-document.js";

/** Values that are no literal of any document here. */
const request = ({ base, path }: ExpectedOperation) => base + path.replace(/\{[^}]+\}/g, "v1");

function matches({ base, path, method }: ExpectedOperation, other: ExpectedOperation): boolean {
  const source = (base + path)
    .replace(/(?<=.)\/$/, "")
    .replace(/[.]/g, "\\.")
    .replace(/\{\+[^}]+\}/g, ".*")
    .replace(/\{[^}]+\}/g, "[^/]+");
  const isDecidedBy = method === other.method || (method === "GET" && other.method === "HEAD");
  return isDecidedBy && new RegExp(`^${source}/?$`, "i").test(request(other));
}

/** Cases where the policy decides otherwise than the document says; one that it cannot carry over is for nobody. */
function disagreements(document: SmallDocument, imported: Imported) {
  expect(imported.report.policyErrors).toEqual([]);
  const { snapshot } = compile(imported.policies);
  // A document of which nothing is carried over leaves no policy.
  if (snapshot === undefined) return [];
  const loaded = loadSnapshot(snapshot);
  const operations = expectedOperations(document);
  const refused = new Set(imported.report.refused.map(({ operation }) => operation));
  const isRefused = ({ method, path }: ExpectedOperation) => refused.has(`${method} ${path}`);
  const roles = [...new Set([...expectedRoles(operations), ...snapshot.roles])];
  const callers = [null, [], ...roles.map((role) => [role]), roles];
  return operations.flatMap((operation) => {
    const meant = operations.filter((other) => matches(other, operation));
    return callers.flatMap((held) => {
      const { method } = operation;
      const { status } = explain(loaded, { method, target: request(operation), roles: held });
      // HEAD is answered by GET where that is carried over (RFC 9110, section 9.3.2).
      const others = meant.filter(
        (other) => !isRefused(other) && (!isRefused(operation) || other.method !== method),
      );
      const wanted: readonly number[] = others.map((other) => expectedStatus(other, held));
      const isFine = isRefused(operation)
        ? status !== 200 || wanted.includes(200)
        : wanted.includes(status);
      return isFine ? [] : [{ operation, held, status, wanted }];
    });
  });
}

/** Tags stand for resources here, so that the roles of both sides have one name. */
const sayable = arbitraryDocument.map((document) => ({
  ...document,
  security: document.security ?? [{ oauth: ["root"] }],
}));

describe("random documents", () => {
  it("are decided as they say, and nobody reaches what is not carried over", () => {
    fc.assert(
      fc.property(sayable, (document) => {
        expect(disagreements(document, importDocument(document))).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it("are decided alike after an import of another document, and then need nothing more", () => {
    fc.assert(
      fc.property(sayable, sayable, (before, after) => {
        const merged = importDocument(after, importDocument(before));
        expect(merged.report.conflicts).toEqual([]);
        expect(disagreements(after, merged)).toEqual([]);
        expect(importDocument(after, merged).files).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it("compile also where they say nothing on security", () => {
    fc.assert(
      fc.property(arbitraryDocument, (document) => {
        const { report } = importDocument(document);
        expect(report.policyErrors).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});

describe("random edits", () => {
  const edit = fc.record({
    line: fc.nat(),
    kind: fc.constantFrom("remove", "repeat", "open", "comment", "indent"),
  });
  const edits = fc.array(edit, { maxLength: 4 });

  it("are merged or refused, and never break the importer", () => {
    fc.assert(
      fc.property(sayable, sayable, edits, fc.nat(), (before, after, changes, file) => {
        const first = importDocument(before);
        const policies = first.policies.map((policy, index) =>
          index === file % first.policies.length
            ? { ...policy, text: changes.reduce(applyEdit, policy.text) }
            : policy,
        );
        const result = tryImport(after, { policies, stamp: first.stamp });
        if (!result.ok) {
          expect(result.diagnostics).not.toEqual([]);
          return;
        }
        const merged = importDocument(after, { policies, stamp: first.stamp });
        expect(importDocument(after, merged).files).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});

function applyEdit(
  text: string,
  { line, kind }: { readonly line: number; readonly kind: string },
): string {
  const lines = text.split("\n");
  const at = line % lines.length;
  const old = lines[at] ?? "";
  const changed: Readonly<Record<string, readonly string[]>> = {
    remove: [],
    repeat: [old, old],
    open: [old.replace(/: .*/, ": public")],
    comment: [old, "# mine"],
    indent: [`  ${old}`],
  };
  return lines.toSpliced(at, 1, ...(changed[kind] ?? [])).join("\n");
}
