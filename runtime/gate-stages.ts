import type { IncomingMessage, ServerResponse } from "node:http";
import { answerFor } from "./answer.js";
import { incomplete } from "./authorize.js";
import { runIn } from "./async-context.js";
import { runHandler } from "./call.js";
import { refuseForConnect } from "./connect.js";
import { GateError } from "./gate-error.js";
import type { Gate } from "./gate-types.js";
import { compareSettings, gateHandlers, layersOf } from "./host-settings.js";
import type { Middleware, NextFunction } from "./http.js";
import { pinTarget } from "./pin-target.js";
import type { PolicyTypes } from "./policy-types.js";
import { refuse } from "./problem.js";
import { contextOf, rolesOf } from "./request-context.js";
import type { RequestContext } from "./request-context.js";
import {
  checkHost,
  checkRequestTarget,
  decideByRoute,
  enter,
  identify,
  stopIncomplete,
} from "./stages.js";
import type { GateState } from "./stages.js";

type StageNames = "open" | "target" | "authenticate" | "close";

/** The gate as one handler, and its stages as handlers for a chain built by hand. */
export function buildStages(
  state: GateState,
  contextFor: (request: IncomingMessage) => RequestContext | undefined,
): Pick<Gate<PolicyTypes>, StageNames> & { readonly gate: Middleware } {
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
      runHandler(() => goOn(context, response, next), response, undefined);
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
      const identified = identify(state, context, response);
      settle(state, request, response, identified, () => goOn(context, response, next));
    }
  };
  const close: Middleware = (request, response) => {
    const context = contextFor(request);
    if (context?.located === undefined) stopIncomplete(state, request, response);
    else closeRequest(context, response);
  };
  // The brands exist only for the compiler.
  return {
    gate: mountable(state, gate, "gate"),
    open: mountable(state, open, "open"),
    target,
    authenticate,
    close: () => close,
  } as unknown as ReturnType<typeof buildStages>;
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

/** Goes on where a decision let the request pass; a gate that fails to decide answers 500. */
export function settle<Found>(
  state: GateState,
  request: IncomingMessage,
  response: ServerResponse,
  decided: Promise<Found | undefined>,
  proceed: (context: RequestContext, found: Found) => void,
): void {
  decided.then(
    (found) => {
      const context = contextOf(request);
      if (found !== undefined && context !== undefined) {
        runIn(context, () => proceed(context, found));
      }
    },
    (error: unknown) => {
      state.onError(error);
      const detail = "the gate failed to decide";
      refuse(contextOf(request), response, { code: "internal-error", detail });
    },
  );
}

/**
 * Express tells an application that is mounted by it of its parent. Taken for one, the gate compares the
 * settings of its host before the first request. Connect calls `handle` and tells nothing.
 */
function mountable(state: GateState, handler: Middleware, kind: "gate" | "open"): Middleware {
  gateHandlers.set(handler, kind);
  return Object.assign(handler, {
    handle: handler,
    set: () => undefined,
    emit: (_: "mount", host: object) => {
      const layer = layersOf(host).at(-1);
      if (layer !== undefined) gateHandlers.set(layer, kind);
      const { refused, warned } = compareSettings(host, state.policy);
      if (refused !== undefined) throw new GateError("configuration-invalid", refused);
      if (warned !== undefined) state.onError(new GateError("configuration-invalid", warned));
      state.hosts.set(host, state.policy);
    },
  });
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
