import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createNoteKey, openNoteSigner, openSpool } from "@gatewright/runtime/audit/spool";
import type { Spool, SpoolOptions } from "@gatewright/runtime/audit/spool";
import { openJsonlFileSink } from "@gatewright/runtime/audit/jsonl";
import { openSqliteSink } from "@gatewright/runtime/audit/sqlite";
import { runGatewright } from "./run-gatewright.js";
import type { Run } from "./run-gatewright.js";

export const deskKey = createNoteKey("desk.example/audit");

type Line = Readonly<Record<string, unknown>>;

/** When the first of the lines below happened. */
export const START = Date.parse("2026-01-01T00:00:00Z");

/** Lines as the gate and an application write them, one a second. */
export const lines: readonly Line[] = [
  request(0, "ada", "allow", 200),
  request(1, "bob", "deny", 403),
  {
    ...request(2, "ada", "allow", 200),
    principal: {
      ...principal("ada"),
      tenant: "north",
      actor: { id: "robot", issuer: "https://id.example", roles: [] },
    },
  },
  { ...request(3, "ada", "none", 400), principal: null, route: null, method: null, path: null },
  {
    actor: { id: "ada", issuer: "https://id.example" },
    category: "money",
    data: { amount: 12.5, note: "[MASKED]" },
    id: idOf(4),
    request: idOf(0),
    resource: { id: "7", type: "orders" },
    snapshot: "sha256:00",
    tenant: "north",
    time: timeOf(4),
    traceId: "0af7651916cd43dd8448eb211c80319c",
    type: "order.refunded",
  },
  session(5, "session.created", "info"),
  session(6, "session.token-reused", "critical"),
  session(7, "session.ended", "info"),
  {
    id: idOf(0),
    time: timeOf(8),
    type: "decision",
    decision: "allow",
    reason: "granted",
    method: "DELETE",
    route: "DELETE /orders/:id",
    path: "/orders/*",
    rule: "policies/orders.yaml:9",
    traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
    spanId: "00f067aa0ba902b7",
    principal: principal("ada"),
    client: "192.0.2.0/24",
    snapshot: "sha256:00",
  },
  { id: idOf(9), time: timeOf(9), type: "policy.swapped", snapshot: "sha256:01" },
  {
    id: idOf(10),
    time: timeOf(10),
    type: "audit.event-rejected",
    of: "x",
    path: "",
    reason: "type",
  },
];

export function idOf(index: number): string {
  return `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
}

export function timeOf(index: number): string {
  return new Date(START + index * 1000).toISOString().replace("Z", "456789Z");
}

export function request(index: number, id: string, decision: string, status: number): Line {
  return {
    type: "request",
    id: idOf(index),
    traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
    spanId: "00f067aa0ba902b7",
    time: timeOf(index),
    durationMs: 1.5,
    method: "GET",
    route: "GET /orders",
    path: "/orders",
    rule: "policies/orders.yaml:4",
    decision,
    reason: decision === "deny" ? "forbidden" : "granted",
    status,
    outcome: "finished",
    principal: principal(id),
    client: "192.0.2.7",
    snapshot: "sha256:00",
  };
}

function principal(id: string): Line {
  return { id, issuer: "https://id.example", roles: ["clerk"] };
}

function session(index: number, event: string, severity: string): Line {
  return {
    type: "session",
    id: idOf(index),
    event,
    severity,
    time: timeOf(index),
    request: idOf(0),
    session: "s-1",
    subject: "ada",
    clientId: null,
    client: "192.0.2.7",
    snapshot: "sha256:00",
  };
}

export function textOf(line: Line): string {
  return JSON.stringify(line);
}

export function openDeskSpool(folder: string, options: Partial<SpoolOptions> = {}): Promise<Spool> {
  return openSpool({
    folder: join(folder, "spool"),
    categories: { request: { overflow: "fail_closed" }, money: { overflow: "fail_closed" } },
    limits: { soft: 2 ** 40, hard: 2 ** 41, reserve: 0 },
    onAlert: () => undefined,
    signers: [openNoteSigner("desk.example/audit", deskKey.privateKey)],
    segmentBytes: 4096,
    ...options,
  });
}

export async function accept(spool: Spool, some: readonly Line[]): Promise<void> {
  for (const line of some) {
    const category = line["category"] === "money" ? "money" : "request";
    const id = line["type"] === "decision" ? randomUUID() : String(line["id"]);
    await spool.commit({ category, id, line: textOf(line) });
  }
}

/** An audit folder whose service has shut down; returns its last checkpoint. */
export async function fillSpool(folder: string, some: readonly Line[] = lines): Promise<string> {
  const spool = await openDeskSpool(folder);
  await accept(spool, some);
  await spool.close();
  return spool.checkpoint() ?? "";
}

/** The same lines in the file of a real sink. */
export async function fillSink(
  path: string,
  kind: "jsonl" | "sqlite",
  some = lines,
): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  const sink = kind === "jsonl" ? await openJsonlFileSink({ path }) : openSqliteSink({ path });
  const records = some.map((line, index) => ({
    id: `${String(line["id"])}-${index}`,
    epoch: 1,
    sequence: index + 1,
    category: "request",
    line: textOf(line),
  }));
  await sink.deliver({ records, key: "k" }, new AbortController().signal);
  await sink.close();
}

export function write(path: string, text: string | Buffer): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

export function audit(folder: string, ...args: readonly string[]): Run {
  return runGatewright(folder, ["audit", ...args]);
}

/** What `--json` printed, parsed. */
export function linesOf({ stdout }: Run): readonly Line[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}
