import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { mounted } from "../agreement/listeners.js";
import { seenIn, serveGate, serveOnce } from "../agreement/serve-gate.js";
import { createTokenMaker } from "../agreement/token-maker.js";
import { compile } from "../../generator/compile.js";
import { formatDiagnostics } from "../../generator/diagnostics/report.js";
import { operationsOf, readDocument } from "./openapi-document.js";
import type { Operation } from "./openapi-document.js";
import { patternOf, permissionOf, toPolicy } from "./to-policy.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

const document = readDocument();
const operations = operationsOf(document);
const scopes = [...new Set(operations.flatMap((operation) => operation.scopes ?? []))];
const sources = [{ path: "policies/payments.yaml", text: toPolicy(document) }];
const { files, diagnostics, snapshot } = compile(sources);

describe("a published OpenAPI document as a policy", () => {
  it("is the document that this test knows", () => {
    const needed = operations.map((operation) => operation.scopes);
    expect(operations).toHaveLength(200);
    expect(scopes).toHaveLength(39);
    expect(needed.filter((names) => names === undefined)).toHaveLength(1);
    expect(needed.filter((names) => names?.length === 0)).toHaveLength(4);
    expect(needed.filter((names) => (names?.length ?? 0) > 1)).toHaveLength(14);
    expect(scopes.map((scope) => permissionOf(scope).replace(".", "_"))).toEqual(scopes);
  });

  it("compiles without an error", () => {
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    expect(formatDiagnostics(errors, sources, "text")).toBe("");
    expect(snapshot?.routes).toHaveLength(200);
    expect(snapshot?.roles).toHaveLength(39);
  });

  it("decides every operation as the document says, for no token, each scope and all", async () => {
    if (snapshot === undefined) throw new Error("the policy does not compile");
    const tokens = await createTokenMaker(
      {
        issuer: "https://accounts.example",
        audience: "payments",
        variable: "ACCOUNTS_KEY",
        claimsFor: (held) => ({ scope: held.join(" ") }),
      },
      "HS256",
    );
    const callers = [null, [], ...scopes.map((scope) => [scope]), scopes];
    const cases = operations.flatMap((operation) => callers.map((held) => ({ operation, held })));
    const requests = await Promise.all(
      cases.map(async ({ operation: { method, path }, held }) => ({
        method,
        target: path.replace(/\{[^}]+\}/g, "some-id"),
        headers: await tokens.authorize(held),
      })),
    );
    const served = serveGate(snapshot, tokens.environment, (gate) => mounted(gate, snapshot));
    const { responses, records } = await serveOnce(served, requests);
    const found = cases.flatMap(({ operation, held }, index) => {
      const response = responses[index];
      const wanted = statusFor(operation, held);
      const route = wanted === 200 ? `${operation.method} ${patternOf(operation.path)}` : undefined;
      const ran = response === undefined ? undefined : (seenIn(response)?.route ?? undefined);
      const isAsSaid = response?.status === wanted && ran === route;
      return isAsSaid ? [] : [{ operation, held, wanted, status: response?.status, ran }];
    });
    expect(found).toEqual([]);
    expect(records.size).toBe(200 * 42);
  });
});

/** What the document says. A permitted request of an operation that needs a login reaches the handler. */
function statusFor({ scopes: needed }: Operation, held: readonly string[] | null): number {
  if (needed === undefined) return 200;
  if (held === null) return 401;
  return needed.every((scope) => held.includes(scope)) ? 200 : 403;
}

describe("what is generated of it", () => {
  mkdirSync(join(root, "build"), { recursive: true });
  const folder = mkdtempSync(join(root, "build", "openapi-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  const run = (name: string, args: readonly string[], input = "") =>
    spawnSync(process.execPath, [join(root, "node_modules", ...name.split("/")), ...args], {
      cwd: root,
      encoding: "utf8",
      input,
    });

  it("passes the type check, and a missing handler does not", () => {
    mkdirSync(join(folder, "generated"));
    for (const { path, text } of files) writeFileSync(join(folder, "generated", path), text);
    const handlers = operations.map(
      ({ method, path }) => `${JSON.stringify(`${method} ${patternOf(path)}`)}: serve`,
    );
    const service = [
      'import { createGate } from "./generated/index.js";',
      "const gate = createGate({ environment: {} });",
      "const serve = (_: unknown, response: { end(): void }) => response.end();",
      `export const whole = gate.mount({ ${handlers.join(",\n")} });`,
      "// @ts-expect-error one handler is missing",
      `export const part = gate.mount({ ${handlers.slice(1).join(", ")} });`,
    ];
    writeFileSync(join(folder, "service.ts"), service.join("\n"));
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({
        extends: "../../tsconfig.base.json",
        compilerOptions: { noEmit: true },
        include: ["**/*.ts"],
      }),
    );
    const { stdout, status } = run("typescript/bin/tsc", ["-p", folder]);
    expect(stdout).toBe("");
    expect(status).toBe(0);
  });

  it.each(files.map(({ path, text }) => [path, text] as const))(
    "is formatted already: %s",
    (path, text) => {
      const args = ["format", `--stdin-file-path=generated/${path}`];
      const { stdout, status } = run("@biomejs/biome/bin/biome", args, text);
      expect(status).toBe(0);
      expect(stdout === text).toBe(true);
    },
  );
});
