import type { IncomingMessage, ServerResponse } from "node:http";
import { answerFor } from "./answer.js";
import type { ParamValues, PassReason } from "./answer.js";
import { permissionPasses } from "./decide.js";
import { refuse } from "./problem.js";
import { contextOf, rolesOf } from "./request-context.js";
import type { RequestContext } from "./request-context.js";
import { routeOf } from "./snapshot.js";

/** Decides a located and authenticated request by the rule of its route; answers where it is refused. */
export function authorize(
  context: RequestContext,
  response: ServerResponse,
): ParamValues | undefined {
  const { located, method, policy } = context;
  if (located === undefined) return incomplete(context, response);
  const answer = answerFor(policy.snapshot, { method: method ?? "", located }, rolesOf(context));
  if (!answer.pass) {
    const { problem: code, detail, allowedMethods } = answer;
    refuse(context, response, { code, detail, allowedMethods });
    return undefined;
  }
  const { upgrade } = routeOf(policy.snapshot, located.route);
  if (upgrade !== null && context.door === "http") {
    const detail = `this route serves ${upgrade.protocol} only`;
    refuse(context, response, { code: "upgrade-required", detail });
    return undefined;
  }
  pass(context, response, answer.reason);
  return answer.params;
}

/**
 * The check of a route guard: the stages ran, and the policy decides this very request by the route
 * that the guard is for. A host that runs another handler than the policy decided on is refused.
 */
export function authorizeRoute(
  request: IncomingMessage,
  response: ServerResponse,
  id: string,
): ParamValues | undefined {
  const context = completed(request, response);
  if (context === undefined) return undefined;
  const { snapshot } = context.policy;
  const number = snapshot.routeNumbers.get(id);
  if (number === undefined) {
    const detail = "the policy no longer has this route";
    refuse(context, response, { code: "forbidden", detail, cause: "unknown-guard" });
    return undefined;
  }
  if (context.located?.route !== number) {
    const detail = "the policy decides this request by another route";
    return incomplete(context, response, detail);
  }
  return authorize(context, response);
}

/** The check of a permission guard: the permission, and the route's own rule where the path has one. */
export function authorizePermission(
  request: IncomingMessage,
  response: ServerResponse,
  id: string,
): boolean {
  const context = completed(request, response);
  if (context?.located === undefined) return false;
  const { snapshot } = context.policy;
  const { route } = context.located;
  const roles = rolesOf(context);
  if (route !== -1 && routeOf(snapshot, route).access === "public") {
    incomplete(context, response, "a permission guards a route that the policy calls public");
    return false;
  }
  if (route !== -1 && authorize(context, response) === undefined) return false;
  const permission = snapshot.permissionNumbers.get(id);
  if (
    roles === null ||
    permission === undefined ||
    !permissionPasses(snapshot, permission, roles)
  ) {
    const detail = "no role of the principal allows this";
    refuse(context, response, { code: "forbidden", detail, cause: "guard" });
    return false;
  }
  pass(context, response, "granted");
  return true;
}

/** The context of a request that passed audit-open, the target check and authentication. */
function completed(request: IncomingMessage, response: ServerResponse): RequestContext | undefined {
  const context = contextOf(request);
  if (context?.located === undefined) {
    return incomplete(context, response);
  }
  const { route } = context.located;
  const isPublic = route !== -1 && routeOf(context.policy.snapshot, route).access === "public";
  if (context.authentication === undefined && !isPublic) {
    return incomplete(context, response);
  }
  return context;
}

function pass(context: RequestContext, response: ServerResponse, reason: PassReason): void {
  context.policy.cors?.decorate(context, response);
  context.decision = { outcome: "allow", reason };
  context.isGuarded = true;
}

export function incomplete(
  context: RequestContext | undefined,
  response: ServerResponse,
  detail = "a stage ran before the stage that it needs",
): undefined {
  refuse(context, response, { code: "chain-incomplete", detail });
}
