import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RequestRecord, Snapshot } from "@gatewright/runtime";
import { createDemoKeys } from "./create-demo-keys.js";
import type { DemoCaller, DemoKeys } from "./create-demo-keys.js";
import type { DemoRequest } from "./demo-requests.js";
import { readRecords } from "./read-records.js";
import { printTable } from "./print-table.js";
import { startService } from "./start-service.js";
import type { Service } from "./start-service.js";
import { whyOf } from "./why-of.js";

/**
 * Serves the order desk on a free loopback port, sends the requests one after the other and tells how
 * each was decided and recorded. False where an answer or a record is not as expected.
 */
export async function runDemo(
  requests: readonly DemoRequest[],
  print: (text: string) => void,
): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), "order-desk-"));
  try {
    const keys = await createDemoKeys();
    const service = await startService({
      port: 0,
      host: "127.0.0.1",
      environment: keys.environment,
      ring: keys.ring,
      cwd: folder,
    });
    const { digest, source } = service.gate.snapshot();
    const policy = digest.slice(0, "sha256:".length + 16);
    print(`Order desk on ${service.url}: ${source.routes.length} routes, policy ${policy}\n`);
    let answers: readonly Answer[];
    try {
      answers = await sendAll(requests, keys, service);
    } finally {
      await service.stop();
    }
    const log = await readRecords(join(folder, RECORDS));
    return report(answers, { log, service, print });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Where the sink `desk` of the policy puts them. */
const RECORDS = "data/audit.sqlite";

interface Answer {
  readonly request: DemoRequest;
  readonly token: string | undefined;
  readonly status: number;
  readonly id: string | null;
}

async function sendAll(
  requests: readonly DemoRequest[],
  keys: DemoKeys,
  service: Service,
): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  for (const request of requests) {
    const { method, target, caller, body } = request;
    const token = caller === null ? undefined : await keys.sign(caller);
    const response = await fetch(service.url + target, {
      method,
      headers: {
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    });
    await response.arrayBuffer();
    answers.push({
      request,
      token,
      status: response.status,
      id: response.headers.get("x-request-id"),
    });
  }
  return answers;
}

interface Evidence {
  /** The lines of the audit log. */
  readonly log: readonly string[];
  readonly service: Service;
  readonly print: (text: string) => void;
}

function report(answers: readonly Answer[], { log, service, print }: Evidence): boolean {
  const events = log.map((line): RequestRecord => JSON.parse(line));
  const records = events.filter(({ type }) => type === "request");
  const rows = answers.map((answer): Row => {
    const record = records.find(({ id }) => id === answer.id);
    const isExpected = answer.status === answer.request.expected;
    return { ...answer, record, isGood: isExpected && record?.status === answer.status };
  });
  const snapshot = service.gate.snapshot();
  print(printRequests(rows, snapshot));
  print(`\nTheir records in ${RECORDS}:\n`);
  print(printRecords(records));
  const good = rows.filter(({ isGood }) => isGood).length;
  const leaked = answers.filter(
    ({ token }) => token !== undefined && log.join().includes(token),
  ).length;
  print(`\n${good} of ${rows.length} requests answered and recorded as expected;`);
  print(
    `${records.length} records, ${leaked === 0 ? "no token" : `${leaked} tokens`} in any of them`,
  );
  return good === rows.length && records.length === rows.length && leaked === 0;
}

interface Row extends Answer {
  readonly record: RequestRecord | undefined;
  readonly isGood: boolean;
}

function printRequests(rows: readonly Row[], snapshot: Snapshot): string {
  const cells = rows.map(({ request, status, record, isGood }) => {
    const { method, target, caller, expected } = request;
    return [
      `${method} ${target}`,
      caller === null ? "-" : printCaller(caller),
      isGood ? String(status) : `${status}, expected ${expected}`,
      record === undefined ? "no record" : whyOf(snapshot, request, record),
      record?.rule ?? "-",
    ];
  });
  return printTable([["REQUEST", "CALLER", "STATUS", "WHY", "RULE"], ...cells]);
}

function printCaller({ name, roles, desk }: DemoCaller): string {
  return `${name} (${roles.join(", ")}${desk === undefined ? "" : ` of ${desk}`})`;
}

function printRecords(records: readonly RequestRecord[]): string {
  const cells = records.map(({ id, principal, decision, reason, cause, status, route }) => [
    id.slice(0, 8),
    principal?.id ?? "-",
    decision,
    cause === undefined ? reason : `${reason} (${cause})`,
    String(status),
    route ?? "-",
  ]);
  return printTable([["RECORD", "WHO", "DECISION", "REASON", "STATUS", "ROUTE"], ...cells]);
}
