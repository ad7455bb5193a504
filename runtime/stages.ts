import type { IncomingMessage, ServerResponse } from "node:http";
import { answerFor } from "./answer.js";
import type { ParamValues } from "./answer.js";
import type { Sink } from "./audit/sink.js";
import { authenticate } from "./authenticate.js";
import type { Authentication } from "./authenticate.js";
import { authorize, incomplete } from "./authorize.js";
import { locate } from "./decide.js";
import { compareTarget, routedTarget, sentTarget } from "./http.js";
import type { HostRequest } from "./http.js";
import { refuse } from "./problem.js";
import type { Problem } from "./problem.js";
import { contextOf } from "./request-context.js";
import type { Door, LoadedPolicy, RequestContext } from "./request-context.js";
import type { RequestLog } from "./request-log.js";

/** What the stages of one gate share. Apart from the weak sets, `policy` and `isShuttingDown` are all that ever changes. */
export interface GateState {
  policy: LoadedPolicy;
  isShuttingDown: boolean;
  /** Servers whose other doors the gate has taken. */
  readonly servers: WeakSet<object>;
  /** Hosts by the policy that their settings were compared with. */
  readonly hosts: WeakMap<object, LoadedPolicy>;
  readonly sink: Sink;
  readonly log: RequestLog;
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
  readonly targetMode: "original" | "rewritten";
}

// Each stage returns undefined where it answered the request itself.

/** Audit-open: from here on the request has its record. Runs once, however often it is mounted. */
export function enter(
  state: GateState,
  request: IncomingMessage,
  response: ServerResponse,
  door: Door = "http",
): RequestContext | undefined {
  const known = contextOf(request);
  if (known?.gate === state) return known;
  if (known !== undefined) {
    return incomplete(known, response, "the request passed another gate");
  }
  const context = state.log.open(request, response, state, door);
  const cause = state.isShuttingDown ? "shutdown" : state.sink.isFailing() && "audit";
  if (cause) {
    const detail = "the service takes no requests now";
    return refuse(context, response, { code: "unavailable", detail, cause });
  }
  return context;
}

/** Target and match. */
export function checkRequestTarget(
  state: GateState,
  context: RequestContext,
  response: ServerResponse,
): RequestContext | undefined {
  if (context.located !== undefined) return context;
  const request: HostRequest = response.req;
  const { method = "", originalMethod = method } = request;
  const isRewritten = state.targetMode === "rewritten";
  const { snapshot } = context.policy;
  const asked = preflightMethod(request);
  const target = isRewritten ? routedTarget(request) : sentTarget(request);
  const located = locate(snapshot, asked ?? method, target);
  // What is refused as it was sent is the client's doing, whatever the host made of it.
  const left = isRewritten || located.refusal !== undefined ? "whole" : compareTarget(request);
  if (left === "rewritten" || originalMethod !== method) {
    const detail = "a handler before the gate changed the URL or the method";
    return refuse(context, response, { code: "rewritten-target", detail });
  }
  context.located =
    left === "split"
      ? { path: "", route: -1, refusal: "has a dot where the host ends a mount path" }
      : located;
  const { refusal } = context.located;
  if (refusal !== undefined) {
    return refuse(context, response, { code: "invalid-target", detail: `the path ${refusal}` });
  }
  return asked === undefined ? context : answerPreflight(context, response);
}

/** Fetch standard, 3.2.2: the method that a browser asks about before it sends a request. */
function preflightMethod({ method, headers }: HostRequest): string | undefined {
  const isAsked = method === "OPTIONS" && headers.origin !== undefined;
  return isAsked ? headers["access-control-request-method"] : undefined;
}

/** No handler runs for a preflight: the policy knows the answer. */
function answerPreflight(context: RequestContext, response: ServerResponse): undefined {
  const { cors } = context.policy;
  const cause = cors ? cors.preflight(context, response) : "cors";
  if (cause === undefined) return undefined;
  const detail = "pages of this origin may not send this request";
  return refuse(context, response, { code: "forbidden", detail, cause });
}

/** Authenticates where the route asks for it; a path without a route asks for it too. */
export async function identify(
  state: GateState,
  context: RequestContext,
  response: ServerResponse,
): Promise<RequestContext | undefined> {
  if (context.authentication !== undefined || context.located === undefined) return context;
  const { policy } = context;
  const { route } = context.located;
  const rule = policy.snapshot.source.routes[route];
  if (rule?.access === "public" && !rule.identityOptional) return context;
  const found = await authenticate(response.req, policy, route, state.now());
  context.presented = found;
  if (found.kind === "principal") context.authentication = found;
  else if (rule?.access === "public") context.authentication = { kind: "none" };
  else return refuse(context, response, refusalOf(found));
  context.objection = await policy.rules?.check(context, response.req);
  return context;
}

/** All stages and the rule of the route; the parameters where the request passes. */
export async function decideByRoute(
  state: GateState,
  request: IncomingMessage,
  response: ServerResponse,
  door: Door = "http",
): Promise<ParamValues | undefined> {
  const entered = enter(state, request, response, door);
  const context = entered && checkRequestTarget(state, entered, response);
  if (context?.located === undefined) return undefined;
  const { located, method, policy } = context;
  const early = answerFor(policy.snapshot, { method: method ?? "", located }, null);
  if (!early.pass && early.problem !== "missing-credentials") return authorize(context, response);
  const identified = await identify(state, context, response);
  const params = identified && authorize(identified, response);
  return params && (state.sink.admit?.(context, response, params) ?? params);
}

/** Answers a stage that stands before the one that it needs, or after none at all. */
export function stopIncomplete(
  state: GateState,
  request: IncomingMessage,
  response: ServerResponse,
): undefined {
  const context = enter(state, request, response);
  if (context !== undefined) incomplete(context, response);
}

function refusalOf(found: Authentication): Problem {
  if (found.kind !== "refused") {
    return { code: "missing-credentials", detail: "the request carries no credentials" };
  }
  return { ...found, detail: refusalDetails[found.code] };
}

const refusalDetails = {
  "invalid-request": "the request carries more than one credential",
  "invalid-token": "the access token is not accepted",
  unavailable: "a dependency does not answer",
} as const;
