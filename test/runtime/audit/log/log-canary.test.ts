import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { createPolicyAudit } from "@gatewright/runtime/abi/audit";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { LoosePolicy } from "../../../agreement/loose-policy.js";
import { forge } from "../../authenticate/token-forge.js";
import { encodingsOf } from "./encodings.js";
import { logPolicy, openLogDesk, ROOT, signer, tokenOf } from "./log-desk.js";
import type { LogDesk } from "./log-desk.js";

/** Unlike anything else: digits enough for the digits alone to be a secret. */
const SECRET = "Zq7-9083517264-Kx2w8Vt5";
/** The same with what JSON and addresses spell in another way. */
const SPELT = `${SECRET}" /é`;
const gatewright = fileURLToPath(
  new URL("../../../../generator/bin/gatewright.js", import.meta.url),
);

const receivers: { readonly url: string; readonly bodies: string[]; close(): void }[] = [];

/** A receiver that refuses what it gets for good, or is down. */
async function receive(status: number) {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = JSON.stringify(request.headers);
    request.setEncoding("utf8").on("data", (chunk: string) => {
      body += chunk;
    });
    request.on("end", () => {
      bodies.push(body);
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  const receiver = { url: `http://127.0.0.1:${port}/in`, bodies, close };
  receivers.push(receiver);
  return receiver;
}

/** All but `detect`, which lets pass what it does not know: a second line, as the reference says. */
const classes = [
  "card",
  "email",
  "hmac",
  "ip",
  "name",
  "null-out",
  "phone",
  "resident-id",
] as const;

const policyFor = (refusing: string, down: string) =>
  logPolicy(`
log: {}
secret: { environment: ROOT }
categories:
  auth: { overflow: fail_closed }
  config_change: { overflow: fail_closed }
sinks:
  file: { kind: jsonl, path: audit/events.jsonl }
  table: { kind: sqlite, path: audit/events.sqlite }
  out: { kind: stdout, required: false }
  refusing: { kind: webhook, url: "${refusing}", secret: { environment: HOOK } }
  down:
    kind: webhook
    url: "${down}"
    secret: { environment: HOOK }
    required: false
    fallBack: { after: 0s, path: audit/late.jsonl }
events:
  leak.tried:
    fields:
${classes.map((name) => `      ${name}: { type: string, class: ${name}, optional: true }`).join("\n")}
      count: { type: int, class: public, optional: true }
`);

describe("a secret in every input", () => {
  const outputs = new Map<string, string>();
  const warnings: string[] = [];
  const onWarning = (warning: Error) => warnings.push(inspect(warning));
  let desk: LogDesk;
  let answers = "";

  beforeAll(async () => {
    process.on("warning", onWarning);
    const [refusing, down] = [await receive(400), await receive(503)];
    const snapshot = policyFor(refusing.url, down.url);
    const out: string[] = [];
    const heard: string[] = [];
    const stream = {
      write(text: string, done: () => void) {
        out.push(text);
        done();
        return true;
      },
    };
    // What a handler throws is the application's own, and comes to it as it was thrown.
    const errors: unknown[] = [];
    desk = await openLogDesk(snapshot, {
      environment: { HOOK: `whsec_${Buffer.alloc(32, 7).toString("base64")}` },
      sinks: { out: { stream } },
      gateOptions: { onError: (error: unknown) => errors.push(error) },
      handler(request, response) {
        if (request.url?.startsWith("/orders/9")) throw new Error(SECRET);
        response.end("done");
      },
    });
    const audit = createPolicyAudit<LoosePolicy, Record<string, object>>(snapshot, desk.gate, {
      environment: { ROOT },
      onRejected: (told) => heard.push(inspect(told)),
    });
    await sendEverywhere();
    for (const value of hostileValues()) {
      for (const name of classes) audit.record("leak.tried", { [name]: value });
      audit.record("leak.tried", { count: value });
      audit.record("leak.tried", { undeclared: value, [SECRET]: value, count: 1 });
      audit.record("leak.tried", value as object);
      audit.record(SECRET, { count: 1 });
    }
    await vi.waitFor(() => expect(desk.log.counts().sinks["refusing"]?.pending).toBe(0), {
      timeout: 30_000,
    });
    await vi.waitFor(() => expect(desk.log.counts().sinks["down"]?.fellBack).toBeGreaterThan(0), {
      timeout: 30_000,
    });
    outputs.set("counts", JSON.stringify([desk.log.counts(), audit.counts()]));
    await desk.close();
    outputs.set("stdout", out.join(""));
    outputs.set("rejections", heard.join("\n"));
    outputs.set("alerts", inspect(desk.alerts, { depth: 9 }));
    expect(errors.length).toBeGreaterThan(0);
    outputs.set("answers", answers);
    outputs.set("webhooks", [...refusing.bodies, ...down.bodies].join("\n"));
    for (const action of ["tail", "query", "stats", "export"]) {
      const format = action === "export" ? ["--format", "ocsf"] : [];
      const run = spawnSync(process.execPath, [gatewright, "audit", action, ...format], {
        cwd: desk.cwd,
        encoding: "utf8",
      });
      outputs.set(`audit ${action}`, run.stdout + run.stderr);
    }
    for (const name of filesBelow(join(desk.cwd, "audit"))) {
      outputs.set(name, readFileSync(join(desk.cwd, "audit", name)).toString("latin1"));
    }
    outputs.set("warnings", warnings.join("\n"));
  }, 120_000);

  afterAll(() => {
    process.off("warning", onWarning);
    for (const receiver of receivers) receiver.close();
    rmSync(desk.cwd, { recursive: true, force: true });
  });

  async function sendEverywhere(): Promise<void> {
    const bad = forge(signer, { claims: { roles: [SECRET], org: "north", nonce: SECRET, exp: 1 } });
    const paths = [
      `/orders/${SECRET}`,
      `/orders/7?token=${encodeURIComponent(SPELT)}#${SECRET}`,
      `/${SECRET}/x`,
      "/orders/9",
    ];
    const headers: Record<string, string> = {
      cookie: `session=${SECRET}; ${SECRET}=1`,
      "user-agent": SECRET,
      "x-api-key": SECRET,
      [`x-${SECRET}`]: "1",
      traceparent: `00-${SECRET}-${"b".repeat(16)}-01`,
      tracestate: `vendor=${SECRET}`,
      baggage: `key=${SECRET}`,
      referer: `https://a.example/?q=${SECRET}`,
      "x-forwarded-for": SECRET,
    };
    for (const authorization of [
      `Bearer ${tokenOf("clerk", { nonce: SECRET })}`,
      `Bearer ${bad}`,
      `Bearer ${SECRET}`,
      `Basic ${Buffer.from(`u:${SECRET}`).toString("base64")}`,
      SECRET,
    ]) {
      for (const path of paths) {
        const response = await desk.send(path, {
          token: null,
          headers: { ...headers, authorization },
        });
        answers += `${response.status} ${inspect([...response.headers])} ${await response.text()}\n`;
      }
      const sent = {
        method: "POST",
        body: SECRET,
        token: null,
        headers: { ...headers, authorization },
      };
      const response = await desk.send("/orders/7/refund", sent);
      answers += `${response.status} ${await response.text()}\n`;
    }
  }

  it("reached what it was put into", () => {
    expect(answers).toContain("200");
    expect(answers).toContain("500");
    const lines = String(outputs.get("events.jsonl")).trim().split("\n");
    const types = new Set(lines.map((line) => JSON.parse(line).type));
    expect([...types]).toEqual(
      expect.arrayContaining(["request", "decision", "leak.tried", "audit.event-rejected"]),
    );
  });

  it("has outputs of all kinds", () => {
    expect([...outputs.keys()]).toEqual(
      expect.arrayContaining([
        "events.jsonl",
        "events.sqlite",
        "late.jsonl",
        join("sinks", "refusing.dead.jsonl"),
        join("sinks", "table.cursor"),
        "open-decisions",
        "reads.jsonl",
        "audit query",
      ]),
    );
    expect([...outputs.keys()].some((name) => name.startsWith("spool"))).toBe(true);
    for (const [name, text] of outputs) {
      if (name !== "warnings") expect(text, name).not.toBe("");
    }
  });

  it.each(
    [...encodingsOf(SECRET), ...encodingsOf(SPELT)].map((form, index) => [index, form] as const),
  )("is in none of them, in form %i", (_, form) => {
    expect(form.length).toBeGreaterThan(7);
    const leaking = [...outputs].filter(([, text]) => text.includes(form)).map(([name]) => name);
    expect(leaking).toEqual([]);
  });
});

/** What an application may hand over by mistake. */
function hostileValues(): readonly unknown[] {
  const circular: Record<string, unknown> = { secret: SECRET };
  circular["self"] = circular;
  return [
    SECRET,
    SPELT,
    ` ${SECRET} `,
    `${SECRET}@a.example`,
    JSON.stringify({ password: SECRET }),
    { v: SECRET },
    [SECRET],
    [[SECRET]],
    Object.freeze({ password: SECRET }),
    new Map([["password", SECRET]]),
    new Set([SECRET]),
    new Error(SECRET, { cause: new Error(SECRET) }),
    new URL(`https://u:${SECRET}@a.example/?t=${SECRET}`),
    Buffer.from(SECRET),
    new Date(Number.NaN),
    { toJSON: () => ({ password: SECRET }) },
    {
      get password() {
        return SECRET;
      },
    },
    new Proxy({ password: SECRET }, {}),
    circular,
    Symbol(SECRET),
    79083517264285n,
    () => SECRET,
  ];
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}
