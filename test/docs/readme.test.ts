import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { compile } from "../../generator/compile.js";
import { blocksOf, readPage } from "./read-page.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Serves both applications of the README, asks them, and prints what came back. */
const driver = `
  import { createServer } from "node:http";
  import { once } from "node:events";
  import { SignJWT, exportJWK, generateKeyPair } from "jose";

  const { privateKey, publicKey } = await generateKeyPair("ES256");
  process.env.ORDERS_JWKS = JSON.stringify(await exportJWK(publicKey));
  const { app, other } = await import("./out/service.js");
  const sign = (role) =>
    new SignJWT({ realm_access: { roles: [role] }, client_id: "desk", jti: role })
      .setProtectedHeader({ alg: "ES256", typ: "at+jwt" })
      .setIssuer("https://id.example.com")
      .setAudience("orders")
      .setSubject(role)
      .setIssuedAt()
      .setExpirationTime("1m")
      .sign(privateKey);
  const answers = [];
  for (const [served, requests] of [
    [app, ["GET /orders clerk", "POST /orders auditor", "POST /orders/7/refund manager", "POST /orders/x/refund manager"]],
    [other, ["GET /orders clerk", "GET /orders nobody", "POST /orders clerk"]],
  ]) {
    const server = createServer(served).listen(0, "127.0.0.1");
    await once(server, "listening");
    for (const request of requests) {
      const [method, target, role] = request.split(" ");
      const response = await fetch("http://127.0.0.1:" + server.address().port + target, {
        method,
        headers: { Authorization: "Bearer " + (await sign(role)) },
      });
      const body = await response.text();
      answers.push([request, response.status, ...(response.ok ? [body] : [])]);
    }
    server.close();
    server.closeAllConnections();
  }
  console.log(JSON.stringify(answers));
`;

describe("the first screen of the README", () => {
  const [policy = ""] = blocksOf(readPage("README.md"), "yaml");
  const [service = ""] = blocksOf(readPage("README.md"), "ts");
  mkdirSync(join(root, "build"), { recursive: true });
  const folder = mkdtempSync(join(root, "build", "readme-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const write = (path: string, text: string) => writeFileSync(join(folder, path), text);
  const run = (...args: readonly string[]) =>
    spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });

  it("shows a policy of 15 lines", () => {
    expect(policy.trimEnd().split("\n")).toHaveLength(15);
  });

  it("shows a service that compiles with what is generated of the policy, and works", () => {
    mkdirSync(join(folder, "generated"));
    const { files } = compile([{ path: "policies/orders.yaml", text: policy }]);
    for (const { path, text } of files) write(join("generated", path), text);
    write("service.ts", service);
    const compilerOptions = { outDir: "out", rootDir: "." };
    const config = { extends: "../../tsconfig.base.json", compilerOptions, include: ["**/*.ts"] };
    write("tsconfig.json", JSON.stringify(config));
    const compiled = run(join(root, "node_modules", "typescript", "bin", "tsc"), "-p", ".");
    expect(compiled.stdout).toBe("");
    expect(compiled.status).toBe(0);

    write("driver.mjs", driver);
    const { stdout, stderr } = run("driver.mjs");
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual([
      ["GET /orders clerk", 200, '{"askedBy":"clerk"}'],
      ["POST /orders auditor", 403],
      ["POST /orders/7/refund manager", 200, '{"refunded":7}'],
      ["POST /orders/x/refund manager", 400],
      ["GET /orders clerk", 200, "[]"],
      ["GET /orders nobody", 403],
      ["POST /orders clerk", 404],
    ]);
  });
});
