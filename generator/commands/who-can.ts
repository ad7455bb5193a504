import type { Reach } from "@gatewright/runtime";
import type { Arguments, Command } from "../command-line/command.js";
import { exitCode } from "../command-line/exit-code.js";
import type { ExitCode } from "../command-line/exit-code.js";
import { helpOption, jsonOption, policiesOption, valueOf } from "../command-line/options.js";
import { printReport } from "../command-line/print-report.js";
import { readRequest } from "../command-line/read-request.js";
import type { AskedRequest } from "../command-line/read-request.js";
import type { Terminal } from "../command-line/terminal.js";
import { visible } from "../diagnostics/visible.js";

export const whoCan: Command = {
  name: "who-can",
  description: [
    "Lists the roles that may send one request, straight from the policy folder: those that pass alone, " +
      "those that pass if a condition holds, and those that hold a part of what is needed and pass " +
      "together with others. PATH is the request target as a client sends it.",
  ],
  operands: ["METHOD", "PATH"],
  options: [policiesOption, jsonOption, helpOption],
  examples: [
    { line: "who-can POST /orders/7/refund", purpose: "one request" },
    { line: "who-can DELETE /users/7 --json", purpose: "for a script" },
  ],
  exitCodes: [
    { code: exitCode.fine, meaning: "the request meets a route, and the roles are listed" },
    { code: exitCode.fault, meaning: "the policy has an error" },
    { code: exitCode.usage, meaning: "the command line is wrong" },
    { code: exitCode.refused, meaning: "the request meets no route: nobody can" },
  ],
  run,
};

async function run(args: Arguments, terminal: Terminal): Promise<ExitCode> {
  const request = await readRequest(args);
  const format = args.options.has(jsonOption.name) ? "json" : "text";
  const { analyseFolder } = await import("../analyse-folder.js");
  const { snapshot, ...policy } = await analyseFolder(valueOf(args, policiesOption));
  const report = { ...policy, command: "who-can" };
  if (snapshot === undefined) {
    const data = { request, reach: null };
    printReport({ ...report, exitCode: exitCode.fault, data, text: "" }, format, terminal);
    return exitCode.fault;
  }
  const runtime = await import("@gatewright/runtime");
  const requirements = await import("@gatewright/runtime/abi/requirements");
  const { describeStrategies, viewStrategies } = await import("../command-line/find-strategies.js");
  const { describeToken, judgeToken } = await import("../command-line/judge-token.js");
  const loaded = runtime.loadSnapshot(snapshot);
  const reach = runtime.whoCan(loaded, request.method, request.target);
  const anybody = { caller: { kind: "anonymous" }, now: new Date() } as const;
  const token = judgeToken(loaded, reach.route, anybody, requirements);
  const strategies = reach.route === null ? undefined : viewStrategies(loaded, reach.route);
  const code = reach.route === null ? exitCode.refused : exitCode.fine;
  printReport(
    {
      ...report,
      exitCode: code,
      // A doubt about the policy is for `lint` to tell; scripts get it all the same.
      ...(format === "text" ? { diagnostics: [] } : {}),
      data: { request, reach, ...(strategies === undefined ? {} : { strategies }) },
      text: [
        describe(request, reach),
        ...(token === null ? [] : describeToken(token)).map(([text]) =>
          visible(`besides, the token needs ${text}`),
        ),
        ...(strategies === undefined || strategies.length === 0
          ? []
          : [`callers authenticate by ${describeStrategies(strategies)}`]),
      ].join("\n"),
    },
    format,
    terminal,
  );
  return code;
}

function describe({ method, target }: AskedRequest, reach: Reach): string {
  const asked = `${method} ${visible(target)}`;
  const { status, route, rule, access, roles, conditionalRoles, partialRoles } = reach;
  if (route === null) return `${asked}: nobody can, ${noRoute[status] ?? "no route is met"}`;
  const met = `${asked}: route ${visible(route)} (${visible(rule ?? "")})`;
  if (access === "public") return `${met}\n  anybody, without credentials`;
  if (access === "authenticated")
    return `${met}\n  every authenticated caller, with or without roles`;
  return [
    met,
    ...block("roles that pass alone", roles),
    ...block("roles that pass if a condition holds", conditionalRoles),
    ...block(
      "roles that need another beside them",
      partialRoles.map(({ role, missing }) => `${role}, for ${missing.join(", ")}`),
    ),
  ].join("\n");
}

const noRoute: Readonly<Record<number, string>> = {
  400: "the gate refuses this target with 400",
  404: "no route has this path",
  405: "the path is known under other methods",
};

function block(head: string, names: readonly string[]): readonly string[] {
  if (names.length === 0) return [`${head}: none`];
  return [`${head}:`, ...names.map((name) => `  ${visible(name)}`)];
}
