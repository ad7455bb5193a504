import type { Arguments, Command } from "../command-line/command.js";
import { exitCode } from "../command-line/exit-code.js";
import type { ExitCode } from "../command-line/exit-code.js";
import { findClauses } from "../command-line/find-clauses.js";
import { helpOption, jsonOption, policiesOption, valueOf } from "../command-line/options.js";
import { printExplanation } from "../command-line/print-explanation.js";
import { printReport } from "../command-line/print-report.js";
import {
  actorRoleOption,
  anonymousOption,
  claimsOption,
  readCaller,
  readResource,
  resourceOption,
  roleOption,
  strategyOption,
} from "../command-line/read-caller.js";
import { headerOption, ipOption, readAddress, readHeaders } from "../command-line/read-headers.js";
import { readRequest } from "../command-line/read-request.js";
import type { Terminal } from "../command-line/terminal.js";

export const explain: Command = {
  name: "explain",
  description: [
    "Decides one request as the gate would, straight from the policy folder, and says why: the rule that " +
      "it meets, and the line that grants or denies each permission. PATH is the request target as a " +
      "client sends it, percent-encoding and query included. Claims are taken as verified: whether a " +
      "token is genuine and still valid is not asked here.",
  ],
  operands: ["METHOD", "PATH"],
  options: [
    roleOption,
    claimsOption,
    actorRoleOption,
    strategyOption,
    anonymousOption,
    resourceOption,
    headerOption,
    ipOption,
    policiesOption,
    jsonOption,
    helpOption,
  ],
  examples: [
    { line: "explain GET /orders", purpose: "without credentials" },
    { line: "explain POST /orders/7/refund --role clerk --role auditor", purpose: "with roles" },
    {
      line: `explain GET /me --claims '{"sub":"ada","realm_access":{"roles":["clerk"]}}'`,
      purpose: "with the claims of a token",
    },
    {
      line: "explain POST /orders/7/refund --role clerk --actor-role auditor",
      purpose: "with the roles of somebody for whom another acts",
    },
    {
      line: `explain PATCH /orders/7 --claims @claims.json --resource '{"ownerId":"ada"}'`,
      purpose: "with what conditions read",
    },
    { line: "explain DELETE /orders/7 --claims @claims.json --json", purpose: "for a script" },
  ],
  exitCodes: [
    { code: exitCode.fine, meaning: "the request is allowed" },
    { code: exitCode.fault, meaning: "the policy has an error" },
    { code: exitCode.usage, meaning: "the command line is wrong" },
    { code: exitCode.refused, meaning: "the request is refused" },
  ],
  run,
};

async function run(args: Arguments, terminal: Terminal): Promise<ExitCode> {
  const request = await readRequest(args);
  const caller = await readCaller(args);
  const resource = await readResource(args);
  const headers = readHeaders(args);
  const ip = readAddress(args);
  const format = args.options.has(jsonOption.name) ? "json" : "text";
  const { analyseFolder } = await import("../analyse-folder.js");
  const { model, snapshot, ...policy } = await analyseFolder(valueOf(args, policiesOption));
  const report = { ...policy, command: "explain" };
  if (model === undefined || snapshot === undefined) {
    const data = {
      request,
      caller: null,
      explanation: null,
      clauses: [],
      token: null,
      conditions: null,
      ignoredHeaders: [],
      unknownRoles: [],
    };
    printReport({ ...report, exitCode: exitCode.fault, data, text: "" }, format, terminal);
    return exitCode.fault;
  }

  const runtime = await import("@gatewright/runtime");
  const { closest } = await import("../diagnostics/did-you-mean.js");
  const loaded = runtime.loadSnapshot(snapshot);
  const { explainRequest } = await import("../command-line/explain-request.js");
  const { ignoredHeaders } = await import("../command-line/known-inputs.js");
  const { explainActor } = await import("../command-line/explain-actor.js");
  const policyInForce = { model, snapshot: loaded };
  const explained = await explainRequest({ runtime, loadBehind }, policyInForce, {
    request,
    caller,
    resource,
    headers,
    ip,
    now: new Date(),
  });
  const { roles, cause, explanation, strategies, token, conditions } = explained;
  const actor = explainActor(policyInForce, explained.actor, explanation);
  const needed = explanation.permissions.map(({ name }) => name);
  const answer = {
    request,
    caller: { kind: caller.kind, roles, ...(cause === undefined ? {} : { cause }) },
    ...(actor === undefined ? {} : { actor }),
    ...(strategies === undefined ? {} : { strategies }),
    explanation,
    clauses: findClauses(model, needed, roles ?? []),
    token,
    conditions,
    ignoredHeaders: ignoredHeaders(loaded, headers),
    unknownRoles: explanation.unknownRoles.map((name) => {
      return { name, suggestion: closest(name, loaded.source.roles) ?? null };
    }),
  };
  const reach = runtime.whoCan(loaded, request.method, request.target);
  const code = explanation.outcome === "allow" ? exitCode.fine : exitCode.refused;
  printReport(
    {
      ...report,
      exitCode: code,
      // A doubt about the policy is for `lint` to tell; scripts get it all the same.
      ...(format === "text" ? { diagnostics: [] } : {}),
      data: answer,
      text: printExplanation(answer, reach, terminal.paint),
    },
    format,
    terminal,
  );
  return code;
}

async function loadBehind() {
  return {
    clauses: await import("@gatewright/runtime/abi/clauses"),
    conditions: await import("@gatewright/runtime/abi/conditions"),
    delegation: await import("@gatewright/runtime/abi/delegation"),
    requirements: await import("@gatewright/runtime/abi/requirements"),
    scopes: await import("@gatewright/runtime/abi/scopes"),
  };
}
