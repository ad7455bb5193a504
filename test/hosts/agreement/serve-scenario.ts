import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { RequestRecord } from "@gatewright/runtime";
import { createPolicyGate } from "@gatewright/runtime/abi";
import type { SerializedSnapshot } from "@gatewright/runtime/abi";
import { parsePolicy } from "../../../generator/1-load/parse-policy.js";
import { buildModel } from "../../../generator/3-model/build-model.js";
import { buildSnapshot } from "../../../generator/5-emit/build-snapshot.js";
import { keys } from "@gatewright/runtime/abi/keys";
import { hosts } from "../../agreement/load-hosts.js";
import type { LoosePolicy } from "../../agreement/loose-policy.js";
import { buildListener } from "./build-listener.js";
import { printPolicy } from "./callers.js";
import type { Trial } from "./random-trial.js";
import type { TableRoute } from "./route-table.js";
import type { Scenario } from "./scenario.js";
import { sendTrials } from "./send-trials.js";
import type { Answered } from "./send-trials.js";

/** With all connections gone, a gate that still waits for requests waits for twice as long. */
const PATIENCE_MILLISECONDS = 5000;

/** A handler that ran, and what it saw. */
export interface Run {
  readonly route: TableRoute;
  readonly params: unknown;
  /** Of the gate's decision when the handler began. */
  readonly decidedRoute: string | null | undefined;
  readonly roles: readonly string[] | null;
}

/** What became of one trial. */
export interface Outcome {
  readonly answer: Answered;
  /** `request.url` as the server handed it to the application; undefined where its parser refused. */
  readonly url: string | undefined;
  readonly runs: readonly Run[];
  /** Id of the gate's record; undefined where the gate never heard of the request. */
  readonly recordId: string | undefined;
}

export interface Served {
  readonly outcomes: readonly Outcome[];
  readonly records: readonly RequestRecord[];
  /** Whether every request came to its end when its connection did. */
  readonly isDrained: boolean;
}

/** Serves a scenario on a real server for as long as it takes to answer the trials. */
export async function serveScenario(
  scenario: Scenario,
  trials: readonly Trial[],
  environment: Readonly<Record<string, string>>,
): Promise<Served> {
  const snapshot = snapshotOf(printPolicy(scenario.table));
  const cwd = await mkdtemp(join(tmpdir(), "gatewright-"));
  const gate = createPolicyGate<LoosePolicy>(
    snapshot,
    { hosts, keys },
    {
      environment,
      cwd,
      target: scenario.rewriter?.isDeclared === true ? "rewritten" : "original",
      // A fault that is planted may well throw.
      onError: () => undefined,
    },
  );
  const runs: Run[][] = trials.map(() => []);
  const seen: { request: IncomingMessage; url: string }[] = [];
  /** Of an attached server: also what Node answers by itself. */
  const started: IncomingMessage[] = [];
  const listener = buildListener({
    scenario,
    gate,
    ran(route, params, request, response) {
      runs[markOf(request)]?.push({
        route,
        params,
        decidedRoute: gate.decision(request)?.route,
        roles: gate.principal(request)?.roles ?? null,
      });
      response.setHeader("Content-Length", 0);
      response.end();
    },
  });
  const server = createServer((request, response) => {
    // Connect lets the exception of its URL parser end the process.
    if (
      scenario.host === "connect" &&
      !scenario.isFronted &&
      !/^[/][^#]*$/.test(request.url ?? "")
    ) {
      response.writeHead(400, { "Content-Length": 0 }).end();
      return;
    }
    seen[markOf(request)] = { request, url: request.url ?? "" };
    listener(request, response);
  });
  const watch = (message: unknown) => {
    const { request } = message as { readonly request: IncomingMessage };
    started[markOf(request)] = request;
  };
  if (scenario.isAttached) {
    gate.attach(server);
    subscribe("http.server.request.start", watch);
  }
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const answers = await sendTrials((server.address() as AddressInfo).port, trials);
  unsubscribe("http.server.request.start", watch);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  const shutdown = gate.shutdown();
  const isDrained = await Promise.race([
    shutdown.then(() => true),
    wait(PATIENCE_MILLISECONDS, false),
  ]);
  await shutdown;
  const lines = await readFile(join(cwd, snapshot.audit.sink.path), "utf8");
  await rm(cwd, { recursive: true });
  return {
    isDrained,
    outcomes: answers.map((answer, index) => {
      const { request = started[index], url } = seen[index] ?? {};
      const instance =
        typeof answer === "object" && answer.instance !== "" ? answer.instance : undefined;
      return {
        answer,
        url,
        runs: runs[index] ?? [],
        recordId: request === undefined ? instance : gate.decision(request)?.id,
      };
    }),
    records: lines
      .split("\n")
      .filter((line) => line !== "")
      .map((line): RequestRecord => JSON.parse(line)),
  };
}

/** Which trial a request is. */
function markOf({ headers }: IncomingMessage): number {
  return Number(headers["x-trial"] ?? -1);
}

/** Without the linter, which advises against much of what random tables hold, and without printing files. */
function snapshotOf(text: string): SerializedSnapshot {
  const { document } = parsePolicy({ path: "policy.yaml", text });
  const { model, diagnostics } = buildModel(document === undefined ? [] : [document]);
  if (model === undefined) throw new Error(JSON.stringify(diagnostics));
  return buildSnapshot(model);
}
