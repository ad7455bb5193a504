import type { IncomingMessage, ServerResponse } from "node:http";
import { answerFor } from "./answer.js";
import { incomplete } from "./authorize.js";
import { runIn } from "./async-context.js";
import { answerFailure } from "./call.js";
import { refuseForConnect } from "./connect.js";
import { GateError, isProblem } from "./gate-error.js";
import type { HostHandlers } from "./gate-features.js";
import { checkHost } from "./host-settings.js";
import type { Middleware, NextFunction } from "./http.js";
import { pinTarget } from "./pin-target.js";
import { refuse } from "./problem.js";
import { contextOf, rolesOf } from "./request-context.js";
import type { RequestContext } from "./request-context.js";
import { settle } from "./settle.js";
import { checkRequestTarget, decideByRoute, enter, identify, stopIncomplete } from "./stages.js";
import type { GateState } from "./stages.js";

/** The gate as one handler, and its stages as handlers for a chain built by hand. */
export function buildStages(state: GateState): HostHandlers {
  const contextFor = (request: IncomingMessage) => {
    const context = contextOf(request);
    return context?.gate === state ? context : undefined;
  };
  const gate: Middleware = (request, response, next) => {
    const context = enter(state, request, response);
    if (context === undefined || !checkHost(state, context, response)) return;
    const decided = decideByRoute(state, request, response);
    settle(state, request, response, decided, () => {
      const refusal = refuseForConnect(request, context);
      if (refusal !== undefined) {
        refuse(context, response, refusal);
        return;
      }
      pinTarget(request);
      runOn(context, response, next);
    });
  };
  const open: Middleware = (request, response, next) => {
    const context = enter(state, request, response);
    if (context === undefined || !checkHost(state, context, response)) return;
    runIn(context, () => goOn(context, response, next));
  };
  const target: Middleware = (request, response, next) => {
    const context = contextFor(request);
    if (context === undefined) stopIncomplete(state, request, response);
    else if (checkRequestTarget(state, context, response) !== undefined) {
      goOn(context, response, next);
    }
  };
  const authenticate: Middleware = (request, response, next) => {
    const context = contextFor(request);
    if (context?.located === undefined) stopIncomplete(state, request, response);
    else {
      const identified = identify(state, context, response).then(
        (found) => found && admitPublic(state, found, response),
      );
      settle(state, request, response, identified, () => {
        runOn(context, response, next);
      });
    }
  };
  const close: Middleware = (request, response) => {
    const context = contextFor(request);
    if (context?.located === undefined) stopIncomplete(state, request, response);
    else closeRequest(context, response);
  };
  return { gate, open, target, authenticate, close };
}

/** No guard stands before what is public, so that nothing behind this stage asks the audit log. */
function admitPublic(
  state: GateState,
  context: RequestContext,
  response: ServerResponse,
): RequestContext | Promise<RequestContext | undefined> {
  const rule = context.policy.snapshot.source.routes[context.located?.route ?? -1];
  const waiting = rule?.access === "public" && state.sink.admit?.(context, response, {});
  return waiting ? waiting.then((params) => params && context) : context;
}

/** Goes on, and answers what is thrown where no host does: also the gate's own, for a changed URL or method. */
function runOn(
  context: RequestContext,
  response: ServerResponse,
  next: NextFunction | undefined,
): void {
  try {
    goOn(context, response, next);
  } catch (error) {
    if (error instanceof GateError && isProblem(error.code)) {
      context.onError(error);
      refuse(context, response, { code: error.code, detail: error.message });
    } else answerFailure(response, error);
  }
}

/** Without a host there may be no next handler, and a request must not be left without an answer. */
function goOn(
  context: RequestContext,
  response: ServerResponse,
  next: NextFunction | undefined,
): void {
  if (next === undefined) closeRequest(context, response);
  else next();
}

/** The end of a chain built by hand: nothing answered the request. */
function closeRequest(context: RequestContext, response: ServerResponse): void {
  if (response.headersSent || response.writableEnded) return;
  const { located, method, policy, isGuarded } = context;
  if (located === undefined) {
    incomplete(context, response);
    return;
  }
  const unserved = { code: "not-found", detail: "nothing serves this route" } as const;
  if (isGuarded) {
    refuse(context, response, { ...unserved, keepsDecision: true });
    return;
  }
  const answer = answerFor(policy.snapshot, { method: method ?? "", located }, rolesOf(context));
  if (answer.pass) refuse(context, response, { ...unserved, cause: "no-guard" });
  else {
    const { problem: code, allowedMethods } = answer;
    refuse(context, response, { code, detail: answer.detail, allowedMethods });
  }
}
