import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:https";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { demoRequests } from "../../examples/order-desk/demo-requests.js";
import { readRecords } from "../../examples/order-desk/read-records.js";
import { runDemo } from "../../examples/order-desk/run-demo.js";
import { blocksOf, readPage } from "../docs/read-page.js";
import { ruleAt } from "./rule-at.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const path = [join(root, "node_modules", ".bin"), process.env["PATH"]].join(delimiter);

/** A script of package.json without the steps that `npm test` takes before any test. */
function stepsOf(script: string): string {
  const done = ["npm run -s build", "gatewright check"];
  return script
    .split(" && ")
    .filter((step) => !done.includes(step))
    .join(" && ");
}

describe("npm run demo", () => {
  const { status, stdout, stderr } = spawnSync(stepsOf(scripts.demo), {
    cwd: root,
    env: { ...process.env, PATH: path },
    encoding: "utf8",
    shell: true,
  });
  const lines = stdout.split("\n");

  it("ends well, and says so", () => {
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(stdout).toContain("18 of 18 requests answered and recorded as expected");
    expect(stdout).toContain("18 records, no token in any of them");
  });

  it.each([
    [/GET \/health +- +200 +the route is public/, ["policies/people.yaml", "/health", "GET"]],
    [/GET \/orders +carol \(clerk\) +401 .*expired/, ["policies/orders.yaml", "/orders", "GET"]],
    [
      /POST \/orders +tom .* 403 +auditor is denied orders.create/,
      ["policies/orders.yaml", "/orders", "POST"],
    ],
    [
      /PATCH \/orders\/1 +carol .* 200 +clerk has orders.update/,
      ["policies/orders.yaml", "/orders", "/:orderId", "PATCH"],
    ],
    [
      /PATCH \/orders\/1 +dave .* 403 +clerk has orders.update only if is-owner/,
      ["policies/orders.yaml", "/orders", "/:orderId", "PATCH"],
    ],
    [
      /GET \/orders\/1 +nina \(manager of harbour\) +403 +the order belongs to another desk/,
      ["policies/orders.yaml", "/orders", "/:orderId", "GET"],
    ],
    [
      /POST \/orders\/1\/refund +maria .* 401 +needs a sign-in by urn:order-desk:mfa, 300 s old/,
      ["policies/orders.yaml", "/orders", "/:orderId", "/refund", "POST"],
    ],
    [
      /POST \/orders\/2\/refund +maria .* 403 +manager is denied orders.refund if is-owner and is-large/,
      ["policies/orders.yaml", "/orders", "/:orderId", "/refund", "POST"],
    ],
    [
      /POST \/orders\/1\/refund +maria .* 200 +manager has orders.read and orders.refund/,
      ["policies/orders.yaml", "/orders", "/:orderId", "/refund", "POST"],
    ],
  ])("tells why, and by which rule: %s", (pattern, [file = "", ...keys]) => {
    const [line, ...others] = lines.filter((candidate) => pattern.test(candidate));
    expect(others).toEqual([]);
    expect(line?.endsWith(ruleAt(file, "routes", ...keys))).toBe(true);
  });

  it("prints what the README shows of it", () => {
    const [shown = ""] = blocksOf(readPage("README.md"), "text");
    const rows = shown.trimEnd().split("\n");
    expect(rows.length).toBeGreaterThan(5);
    expect(rows.filter((row) => !lines.includes(row))).toEqual([]);
  });

  it("shows the record of each request", () => {
    const records = lines.filter((line) => /^ {2}[0-9a-f]{8} /.test(line));
    expect(records).toHaveLength(18);
    expect(records[4]).toMatch(/ tom +deny +forbidden +403 +POST \/orders$/);
    expect(records[6]).toMatch(
      / dave +deny +forbidden \(condition\) +403 +PATCH \/orders\/:orderId$/,
    );
    expect(records[8]).toMatch(/ nina +deny +forbidden \(tenant\) +403 +GET \/orders\/:orderId$/);
    expect(records[12]).toMatch(/ maria +allow +granted +200 +POST \/orders\/:orderId\/refund$/);
  });
});

describe("a demo with an answer that nobody expected", () => {
  it("says what was expected, and is not successful", async () => {
    const printed: string[] = [];
    const [first, ...others] = demoRequests;
    if (first === undefined) throw new Error("there are no requests");
    const requests = [{ ...first, expected: 204 }, ...others];
    expect(await runDemo(requests, (line) => printed.push(line))).toBe(false);
    expect(printed.join("\n")).toMatch(/GET \/health +- +200, expected 204 /);
    expect(printed.join("\n")).toContain("17 of 18 requests");
  });
});

describe("npm start", () => {
  const cwd = mkdtempSync(join(tmpdir(), "order-desk-"));
  const server = join(root, "build", "examples", "order-desk", "server.js");
  let child: ChildProcess | undefined;
  beforeAll(() => {
    const steps = stepsOf(scripts.start).split(" && ");
    const [compile = "", run = ""] = steps;
    expect(steps).toHaveLength(2);
    expect(join(root, run.replace(/^node /, ""))).toBe(server);
    const compiled = spawnSync(compile, {
      cwd: root,
      env: { ...process.env, PATH: path },
      shell: true,
    });
    expect(compiled.status).toBe(0);
  });
  afterAll(() => {
    child?.kill("SIGKILL");
    rmSync(cwd, { recursive: true });
  });

  const start = (environment: Readonly<Record<string, string>>, program = server) => {
    const { ORDER_DESK_JWKS: _, NODE_ENV: __, ...env } = process.env;
    return spawn(process.execPath, [program], { cwd, env: { ...env, ...environment } });
  };

  it("serves with a demo key, says so, and stops on a signal with every record written", async () => {
    const running = start({ PORT: "0" });
    child = running;
    let told = "";
    running.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      told += chunk;
    });
    while (!told.includes("listening on")) await once(running.stdout, "data");
    expect(told).toContain("ORDER_DESK_JWKS is not set; for this run, a demo key signs the tokens");
    const url = /listening on (\S+),/.exec(told)?.[1];
    const token = /^ {2}CLERK=(\S+)$/m.exec(told)?.[1] ?? "";
    const asked = await fetch(`${url}/orders`, { headers: { Authorization: `Bearer ${token}` } });
    expect(asked.status).toBe(200);
    expect((await fetch(`${url}/orders`)).status).toBe(401);
    const ended = once(running, "exit");
    running.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    const lines = await readRecords(join(cwd, "data/audit.sqlite"));
    const records = lines.map((line) => JSON.parse(line));
    const requests = records.filter(({ type }) => type === "request");
    expect(requests.map(({ status }) => status)).toEqual([200, 401]);
    expect(lines.join()).not.toContain(token);
  });

  it.each([
    ["invents no keys in production", { NODE_ENV: "production" }, "ORDER_DESK_JWKS is not set"],
    ["takes no keys that are none", { ORDER_DESK_JWKS: "hunter2" }, "`ORDER_DESK_JWKS`"],
    ["takes no port that is none", { PORT: "http" }, "PORT is no port number"],
  ])("%s", async (_, environment, message) => {
    const running = start({ PORT: "0", ...environment });
    const [said, [code]] = await Promise.all([text(running.stderr), once(running, "exit")]);
    expect(said).toContain(message);
    expect(said).not.toContain("hunter2");
    expect(code).toBe(1);
  });

  it("needs keys that outlive the process in production, all of them", async () => {
    const keys = { ORDER_DESK_JWKS: "x", ORDER_DESK_SESSIONS: "x" };
    const running = start({ PORT: "0", NODE_ENV: "production", ...keys });
    const [said, [code]] = await Promise.all([text(running.stderr), once(running, "exit")]);
    expect(said).toContain("ORDER_DESK_RING is not set");
    expect(code).toBe(1);
  });

  it("takes the keys of its own tokens from a ring file", async () => {
    const running = start({ PORT: "0", ORDER_DESK_RING: "no-ring.json" });
    const [said, [code]] = await Promise.all([text(running.stderr), once(running, "exit")]);
    expect(said).toContain("no-ring.json");
    expect(code).toBe(1);
  });

  it("serves the login page over HTTPS as `npm run desk`, and never in production", async () => {
    const [, run = ""] = stepsOf(scripts.desk).split(" && ");
    const desk = join(root, run.replace(/^node /, ""));
    const running = start({ PORT: "0" }, desk);
    child = running;
    let told = "";
    running.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      told += chunk;
    });
    while (!told.includes("log in at")) await once(running.stdout, "data");
    const url = /log in at (https:\/\/localhost:\d+\/login);/.exec(told)?.[1] ?? "";
    const status = await new Promise((resolve, reject) => {
      // Nobody vouches for the certificate.
      const asked = request(url, { rejectUnauthorized: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      asked.on("error", reject).end();
    });
    expect(status).toBe(200);
    const ended = once(running, "exit");
    running.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);

    const refused = start({ PORT: "0", NODE_ENV: "production" }, desk);
    const [said, [code]] = await Promise.all([text(refused.stderr), once(refused, "exit")]);
    expect(said).toContain("the passwords of the demo accounts are public");
    expect(code).toBe(1);
  });

  it("says that its port is taken", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const running = start({ PORT: String(port) });
    const [said, [code]] = await Promise.all([text(running.stderr), once(running, "exit")]);
    other.close();
    expect(said).toContain("EADDRINUSE");
    expect(code).toBe(1);
  });
});
