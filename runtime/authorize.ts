import type { ServerResponse } from "node:http";
import { answerFor } from "./answer.js";
import type { ParamValues, PassReason } from "./answer.js";
import { refuse } from "./problem.js";
import { rolesOf } from "./request-context.js";
import type { RequestContext } from "./request-context.js";

/** Decides a located and authenticated request by the rule of its route; answers where it is refused. */
export function authorize(
  context: RequestContext,
  response: ServerResponse,
): ParamValues | undefined {
  const { located, method, policy } = context;
  if (located === undefined) return incomplete(context, response);
  const answer = answerFor(policy.snapshot, { method: method ?? "", located }, rolesOf(context));
  if (!answer.pass) return refuse(context, response, { ...answer, code: answer.problem });
  if (context.objection !== undefined) return refuse(context, response, context.objection);
  if (policy.upgrades?.isOwed(context, response)) return undefined;
  pass(context, response, answer.reason);
  return answer.params;
}

export function pass(context: RequestContext, response: ServerResponse, reason: PassReason): void {
  context.policy.cors?.decorate(context, response);
  context.decision = { outcome: "allow", reason };
  context.isGuarded = true;
  context.policy.responses?.mask(context, response);
}

export function incomplete(
  context: RequestContext | undefined,
  response: ServerResponse,
  detail = "a stage ran before the stage that it needs",
): undefined {
  return refuse(context, response, { code: "chain-incomplete", detail });
}
