import type { Explanation, Snapshot } from "@gatewright/runtime";
import type { PolicyModel } from "../3-model/policy-model.js";
import { decideCaller } from "./decide-caller.js";
import type { Decided, SaidActor } from "./decide-caller.js";
import { viewStrategies } from "./find-strategies.js";
import type { StrategyView } from "./find-strategies.js";
import { judgeConditions } from "./judge-conditions.js";
import type { ConditionParts, ConditionsExplanation } from "./judge-conditions.js";
import { checkStrategy } from "./judge-credentials.js";
import { judgeToken } from "./judge-token.js";
import type { TokenExplanation } from "./judge-token.js";
import { knownRequest, knownResource } from "./known-inputs.js";
import type { SaidOfRequest } from "./known-inputs.js";
import type { Caller } from "./read-caller.js";
import type { AskedRequest } from "./read-request.js";

type Runtime = typeof import("@gatewright/runtime");

/** The parts of the runtime that decide; all but the first are loaded where something is left to them. */
export interface DecidingParts {
  readonly runtime: Runtime;
  readonly loadBehind: () => Promise<PartsBehind>;
}

interface PartsBehind extends ConditionParts {
  readonly delegation: typeof import("@gatewright/runtime/abi/delegation");
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
  /** Undefined where nobody acts for the caller. */
  readonly actor: SaidActor | undefined;
  /** Why the credentials are not accepted; undefined where they are, or where nobody reads them. */
  readonly cause: string | undefined;
  /** Whose credentials are read for this request; undefined where the policy names no strategies. */
  readonly strategies: readonly StrategyView[] | undefined;
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
 * Decides a request as the gate would with what is said of it: credentials, roles, then scopes and sign-in, then
 * conditions.
 *
 * @throws UsageError for claims or a strategy that the policy does not know, or a resource that does not fit
 */
export async function explainRequest(
  { runtime, loadBehind }: DecidingParts,
  policy: Policy,
  asked: AskedExplanation,
): Promise<ExplainedRequest> {
  const { caller } = asked;
  const { snapshot } = policy;
  await checkStrategy(snapshot, caller);
  const loadDelegation = async () => (await loadBehind()).delegation;
  const decided = await decideCaller(runtime, snapshot, { ...asked, loadDelegation });
  const { roles, actor, cause, explanation } = decided;
  const isOver = explanation.route === null && !isChallenged(runtime, snapshot, asked);
  const viewed = viewStrategies(snapshot, explanation.route);
  const strategies = isOver ? viewed && [] : viewed;
  const found = { roles, actor, cause, strategies };
  if (explanation.outcome !== "depends" || roles === null) {
    return { ...found, explanation, token: null, conditions: null };
  }
  const behind = await loadBehind();
  const token = judgeToken(snapshot, explanation.route, asked, behind.requirements);
  const conditions =
    explanation.reason === "conditional"
      ? conditionsOf({ ...behind, runtime }, policy, { ...decided, roles }, asked)
      : null;
  const judged = { token, conditions };
  return { ...found, explanation: settled(runtime, explanation, judged), ...judged };
}

/** A target that is refused, and paths that the policy discloses, are answered before credentials are read. */
function isChallenged(
  { explain }: Runtime,
  snapshot: Snapshot,
  { request }: Pick<AskedExplanation, "request">,
): boolean {
  return explain(snapshot, { ...request, roles: null }).reason === "missing-credentials";
}

function conditionsOf(
  parts: PartsBehind & Pick<DecidingParts, "runtime">,
  policy: Policy,
  { roles, actor, explanation, reading }: Decided & { readonly roles: readonly string[] },
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
  const isBound = snapshot.source.principal.actor?.permissions === "intersection";
  const holders = [
    { roles, mask },
    ...(isBound && actor !== undefined
      ? [{ roles: actor.roles, mask: runtime.maskOf(snapshot, actor.roles).mask, isActor: true }]
      : []),
  ];
  const needed = explanation.permissions.map(({ name }) => name);
  return judgeConditions({ ...policy, holders, needed, inputs }, parts);
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
