import type { Explanation, PrincipalReading, Snapshot } from "@gatewright/runtime";
import type { PolicyModel } from "../3-model/policy-model.js";
import { judgeConditions } from "./judge-conditions.js";
import type { ConditionParts, ConditionsExplanation } from "./judge-conditions.js";
import { judgeToken } from "./judge-token.js";
import type { TokenExplanation } from "./judge-token.js";
import { knownRequest, knownResource } from "./known-inputs.js";
import type { SaidOfRequest } from "./known-inputs.js";
import type { Caller } from "./read-caller.js";
import type { AskedRequest } from "./read-request.js";
import { UsageError } from "./usage-error.js";

type Runtime = typeof import("@gatewright/runtime");

/** The parts of the runtime that decide; all but the first are loaded where something is left to them. */
export interface DecidingParts {
  readonly runtime: Runtime;
  readonly loadBehind: () => Promise<PartsBehind>;
}

interface PartsBehind extends ConditionParts {
  readonly requirements: typeof import("@gatewright/runtime/abi/requirements");
  readonly scopes: typeof import("@gatewright/runtime/abi/scopes");
}

export interface AskedExplanation extends SaidOfRequest {
  readonly request: AskedRequest;
  readonly caller: Caller;
  /** The attributes that are said of the resource. */
  readonly resource: object | undefined;
}

export interface ExplainedRequest {
  /** What the caller holds, whether the policy knows it or not; null without a principal. */
  readonly roles: readonly string[] | null;
  readonly explanation: Explanation;
  /** What the route asks of the token where the roles pass; null where it asks for nothing. */
  readonly token: TokenExplanation | null;
  /** What conditions say where the roles leave it to them; null everywhere else. */
  readonly conditions: ConditionsExplanation | null;
}

interface Policy {
  readonly model: PolicyModel;
  readonly snapshot: Snapshot;
}

/**
 * Decides a request as the gate would with what is said of it: roles, then scopes and sign-in, then conditions.
 *
 * @throws UsageError for claims that the policy does not read, or a resource that does not fit
 */
export async function explainRequest(
  { runtime, loadBehind }: DecidingParts,
  policy: Policy,
  asked: AskedExplanation,
): Promise<ExplainedRequest> {
  const decided = decide(runtime, policy.snapshot, asked);
  const { roles, explanation } = decided;
  if (explanation.outcome !== "depends" || roles === null) {
    return { roles, explanation, token: null, conditions: null };
  }
  const behind = await loadBehind();
  const token = judgeToken(policy.snapshot, explanation.route, asked, behind.requirements);
  const conditions =
    explanation.reason === "conditional"
      ? conditionsOf({ ...behind, runtime }, policy, { ...decided, roles }, asked)
      : null;
  const judged = { token, conditions };
  return { roles, explanation: settled(runtime, explanation, judged), ...judged };
}

function conditionsOf(
  parts: PartsBehind & Pick<DecidingParts, "runtime">,
  policy: Policy,
  { roles, explanation, reading }: Decided & { readonly roles: readonly string[] },
  asked: AskedExplanation,
): ConditionsExplanation {
  const { snapshot } = policy;
  const { runtime } = parts;
  const { caller } = asked;
  const read =
    caller.kind === "claims" && reading !== undefined
      ? parts.scopes.withScopes(snapshot, caller.claims, reading)
      : undefined;
  const inputs = {
    principal: read?.ok === true ? read.principal : undefined,
    request: knownRequest(runtime, snapshot, asked.request, asked),
    resource: knownResource(snapshot, explanation, asked.resource, parts.conditions),
  };
  const { mask } = runtime.maskOf(snapshot, roles);
  const needed = explanation.permissions.map(({ name }) => name);
  return judgeConditions({ ...policy, mask, roles, needed, inputs }, parts);
}

type Judged = Pick<ExplainedRequest, "token" | "conditions">;

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
  readonly reading?: Extract<PrincipalReading, { readonly ok: true }>;
  readonly roles: readonly string[] | null;
  readonly explanation: Explanation;
}

function decide(
  runtime: Runtime,
  snapshot: Snapshot,
  asked: Pick<AskedExplanation, "request" | "caller">,
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
    return { ...explainFor([...reading.principal.roles, ...reading.unknownRoles]), reading };
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
