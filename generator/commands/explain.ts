import type { Explanation, Snapshot } from "@gatewright/runtime";
import type { Arguments, Command } from "../command-line/command.js";
import { exitCode } from "../command-line/exit-code.js";
import type { ExitCode } from "../command-line/exit-code.js";
import { findClauses } from "../command-line/find-clauses.js";
import { helpOption, jsonOption, policiesOption, valueOf } from "../command-line/options.js";
import type { ConditionsExplanation } from "../command-line/judge-conditions.js";
import type { TokenExplanation } from "../command-line/judge-token.js";
import { printExplanation } from "../command-line/print-explanation.js";
import { printReport } from "../command-line/print-report.js";
import {
  anonymousOption,
  claimsOption,
  readCaller,
  readResource,
  resourceOption,
  roleOption,
} from "../command-line/read-caller.js";
import type { Caller } from "../command-line/read-caller.js";
import { readRequest } from "../command-line/read-request.js";
import type { AskedRequest } from "../command-line/read-request.js";
import type { PolicyModel } from "../3-model/policy-model.js";
import type { Terminal } from "../command-line/terminal.js";
import { UsageError } from "../command-line/usage-error.js";

type Runtime = typeof import("@gatewright/runtime");

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
    anonymousOption,
    resourceOption,
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
      unknownRoles: [],
    };
    printReport({ ...report, exitCode: exitCode.fault, data, text: "" }, format, terminal);
    return exitCode.fault;
  }

  const runtime = await import("@gatewright/runtime");
  const { closest } = await import("../diagnostics/did-you-mean.js");
  const loaded = runtime.loadSnapshot(snapshot);
  const decided = decide(runtime, loaded, { request, caller });
  const { roles } = decided;
  const token = await tokenOf(loaded, decided, caller);
  const conditions = await conditionsOf(runtime, { model, snapshot: loaded }, decided, {
    request,
    resource,
  });
  const explanation = settled(runtime, decided.explanation, { token, conditions });
  const needed = explanation.permissions.map(({ name }) => name);
  const answer = {
    request,
    caller: { kind: caller.kind, roles },
    explanation,
    clauses: findClauses(model, needed, roles ?? []),
    token,
    conditions,
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

/** What the route asks of the token where the roles pass; null where it asks for nothing. */
async function tokenOf(
  snapshot: Snapshot,
  { explanation }: Decided,
  caller: Caller,
): Promise<TokenExplanation | null> {
  if (explanation.outcome !== "depends") return null;
  const { judgeToken } = await import("../command-line/judge-token.js");
  const parts = await import("@gatewright/runtime/abi/requirements");
  return judgeToken(snapshot, explanation.route, caller, parts);
}

/** What conditions say where the roles leave it to them; null everywhere else. */
async function conditionsOf(
  runtime: Runtime,
  policy: { readonly model: PolicyModel; readonly snapshot: Snapshot },
  { roles, explanation, principal }: Decided,
  { request, resource }: { readonly request: AskedRequest; readonly resource: object | undefined },
): Promise<ConditionsExplanation | null> {
  if (explanation.reason !== "conditional" || roles === null) return null;
  const { judgeConditions } = await import("../command-line/judge-conditions.js");
  const { knownRequest, knownResource } = await import("../command-line/known-inputs.js");
  const parts = {
    clauses: await import("@gatewright/runtime/abi/clauses"),
    conditions: await import("@gatewright/runtime/abi/conditions"),
  };
  const asked = {
    ...policy,
    mask: runtime.maskOf(policy.snapshot, roles).mask,
    roles,
    needed: explanation.permissions.map(({ name }) => name),
    inputs: {
      principal,
      request: knownRequest(runtime, policy.snapshot, request),
      resource: knownResource(policy.snapshot, explanation, resource, parts.conditions),
    },
  };
  return judgeConditions(asked, parts);
}

interface Judged {
  readonly token: TokenExplanation | null;
  readonly conditions: ConditionsExplanation | null;
}

/** Says of a request that depends on more than roles how that came out, in the order of the gate. */
function settled(
  { problemStatus }: Runtime,
  explanation: Explanation,
  { token, conditions }: Judged,
): Explanation {
  if (token === null && conditions === null) return explanation;
  const deny = (reason: keyof typeof problemStatus, detail: string): Explanation => {
    return { ...explanation, outcome: "deny", status: problemStatus[reason], reason, detail };
  };
  if (token?.hasScopes === false) {
    return deny("insufficient-scope", "the token lacks a scope that this needs");
  }
  if (token?.isSteppedUp === false) {
    const detail = "this needs a stronger or more recent sign-in";
    return deny("insufficient-user-authentication", detail);
  }
  if (conditions?.outcome === "deny") {
    const detail = refusals[conditions.cause ?? ""] ?? "the policy does not allow this here";
    return deny("forbidden", detail);
  }
  if (token?.hasScopes === null || conditions?.outcome === "open") return explanation;
  const also =
    token === null
      ? "do the conditions"
      : conditions === null
        ? "does the token"
        : "do the token and the conditions";
  return { ...explanation, outcome: "allow", detail: `the roles pass, and so ${also}` };
}

const refusals: Readonly<Record<string, string>> = {
  tenant: "the resource belongs to another tenant",
  denied: "a conditional deny applies",
  condition: "no condition of a grant holds",
};

interface Decided {
  /** Undefined where only its roles are known. */
  readonly principal?: object;
  /** What the caller holds, whether the policy knows it or not; null without a principal. */
  readonly roles: readonly string[] | null;
  readonly explanation: Explanation;
}

function decide(
  runtime: Runtime,
  snapshot: Snapshot,
  asked: { readonly request: AskedRequest; readonly caller: Caller },
): Decided {
  const { request, caller } = asked;
  const explainFor = (roles: readonly string[] | null): Decided => {
    return { roles, explanation: runtime.explain(snapshot, { ...request, roles }) };
  };
  if (caller.kind !== "claims") return explainFor(caller.kind === "roles" ? caller.roles : null);
  if (snapshot.source.principal.from === "application") {
    const message = "the policy takes roles from the application, not from claims";
    throw new UsageError([{ message, help: "say them with `--role`" }]);
  }
  const { iss } = caller.claims;
  const issuer = typeof iss === "string" ? iss : "";
  const reading = runtime.readPrincipal(snapshot, caller.claims, issuer);
  if (reading.ok) {
    const { principal, unknownRoles } = reading;
    return { ...explainFor([...principal.roles, ...unknownRoles]), principal };
  }
  // Like the gate: claims that do not fit count only where somebody must be authenticated.
  const anonymous = explainFor(null);
  if (anonymous.explanation.reason !== "missing-credentials") return anonymous;
  const detail = `the claim \`${reading.claim}\` is not ${runtime.expectedForm(snapshot, reading.claim)}`;
  return {
    roles: null,
    explanation: { ...anonymous.explanation, reason: "invalid-token", detail },
  };
}
