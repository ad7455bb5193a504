import type { IncomingMessage, ServerResponse } from "node:http";
import { answerFor } from "./answer.js";
import { openSink } from "./audit/sinks/index.js";
import type { PrincipalSource } from "./authenticate.js";
import { callFor, runHandler } from "./call.js";
import { GateError } from "./gate-error.js";
import type { Gate, GateArguments, GateOptions, RequestDecision } from "./gate-types.js";
import type { Middleware, NextFunction } from "./http.js";
import { loadPolicy } from "./load-policy.js";
import type { Handlers, PolicyTypes, RouteHandler, RouteIdOf } from "./policy-types.js";
import { refuse } from "./problem.js";
import { contextOf, rolesOf } from "./request-context.js";
import type { RequestContext } from "./request-context.js";
import { createRequestLog } from "./request-log.js";
import type { SerializedSnapshot } from "./snapshot-format.js";
import { routeOf } from "./snapshot.js";
import type { Snapshot } from "./snapshot.js";
import { checkRequestTarget, decideByRoute, enter, identify, stopIncomplete } from "./stages.js";
import type { GateState } from "./stages.js";

/**
 * Builds the gate of a policy; `createGate` in `generated/gate.ts` calls it with its own snapshot.
 * Keys and the audit sink are opened now: a gate that could not decide or record never starts.
 *
 * @throws GateError `snapshot-invalid` or `configuration-invalid`.
 */
export function createPolicyGate<P extends PolicyTypes>(
  serialized: SerializedSnapshot,
  ...[options = {}]: GateArguments<P>
): Gate<P> {
  // The policy's own types of principal are the generic ones here; what comes back is checked.
  const settings = options as GateOptions & { readonly principalSource?: PrincipalSource };
  const { environment = process.env, cwd = process.cwd(), onError = warn } = settings;
  const keyContext = { environment, cwd };
  const policy = loadPolicy(serialized, keyContext, undefined);
  requireSource(policy.snapshot, settings.principalSource);
  const sink = openSink(policy.snapshot.source.audit, { cwd, onError });
  const identity = {};
  const now = settings.now ?? Date.now;
  const state: GateState = {
    identity,
    policy,
    isShuttingDown: false,
    sink,
    log: createRequestLog(identity, sink, now),
    principalSource: settings.principalSource,
    now,
    onError,
    targetMode: settings.target ?? "original",
  };
  const ownContext = (request: IncomingMessage) => {
    const context = contextOf(request);
    return context?.gate === identity ? context : undefined;
  };
  const gate: Middleware = (request, response, next) => {
    decideByRoute(state, request, response).then(
      (params) => params && next?.(),
      (error: unknown) => failClosed(state, response, error),
    );
  };
  return Object.assign(gate, {
    ...stagesOf(state, ownContext),
    mount: (handlers: Handlers<P, never, never>) => mount(state, handlers),
    close: (): Middleware => (request, response) => {
      const context = ownContext(request);
      if (context?.located === undefined) stopIncomplete(state, request, response);
      else closeRequest(context, response);
    },
    principal: (request: IncomingMessage) => {
      const found = ownContext(request)?.authentication;
      return found?.kind === "principal" ? (found.principal as unknown as P["principal"]) : null;
    },
    decision: (request: IncomingMessage) => {
      const context = ownContext(request);
      return context && decisionOf<P>(context);
    },
    swap: (replacement: SerializedSnapshot) => {
      const loaded = loadPolicy(replacement, keyContext, state.policy);
      requireSource(loaded.snapshot, settings.principalSource);
      state.policy = loaded;
    },
    snapshot: () => state.policy.snapshot,
    shutdown: async () => {
      state.isShuttingDown = true;
      await state.log.close();
    },
  });
}

function stagesOf(
  state: GateState,
  ownContext: (request: IncomingMessage) => RequestContext | undefined,
) {
  const open: Middleware = (request, response, next) => {
    if (enter(state, request, response) !== undefined) next?.();
  };
  const target: Middleware = (request, response, next) => {
    const context = ownContext(request);
    if (context === undefined) stopIncomplete(state, request, response);
    else if (checkRequestTarget(state, context, response) !== undefined) next?.();
  };
  const authenticate: Middleware = (request, response, next) => {
    const context = ownContext(request);
    if (context?.located === undefined) {
      stopIncomplete(state, request, response);
      return;
    }
    identify(state, context, response).then(
      (identified) => identified && next?.(),
      (error: unknown) => failClosed(state, response, error),
    );
  };
  // The brands exist only for the compiler.
  return { open, target, authenticate } as unknown as Pick<
    Gate<PolicyTypes>,
    "open" | "target" | "authenticate"
  >;
}

function mount<P extends PolicyTypes>(
  state: GateState,
  handlers: Handlers<P, never, never>,
): Middleware {
  type Served = RouteHandler<P, RouteIdOf<P>, IncomingMessage, ServerResponse>;
  const served = new Map(Object.entries(handlers as unknown as Record<string, Served>));
  const { routes } = state.policy.snapshot.source;
  const missing = routes.filter((route) => typeof served.get(route.id) !== "function");
  const surplus = [...served.keys()].filter((id) => !routes.some((route) => route.id === id));
  const [wrong] = [...missing.map((route) => route.id), ...surplus];
  if (wrong !== undefined) {
    const reason = surplus.includes(wrong) ? "is no route of the policy" : "has no handler";
    throw new GateError("configuration-invalid", `\`${wrong}\` ${reason}`);
  }
  return (request, response, next?: NextFunction) => {
    decideByRoute(state, request, response).then(
      (params) => {
        const context = contextOf(request);
        if (params === undefined || context?.located === undefined) return;
        const { id } = routeOf(context.policy.snapshot, context.located.route);
        const handler = served.get(id);
        if (handler === undefined) {
          refuse(context, response, { ...unserved, cause: "no-handler" });
          return;
        }
        Object.assign(request, { params });
        runHandler(
          () => handler(request, response, callFor(request, id as RouteIdOf<P>)),
          response,
          next,
        );
      },
      (error: unknown) => failClosed(state, response, error),
    );
  };
}

const unserved = { code: "not-found", detail: "nothing serves this route" } as const;

/** The end of a chain built by hand: nothing answered the request. */
function closeRequest(context: RequestContext, response: ServerResponse): void {
  if (response.headersSent || response.writableEnded || context.located === undefined) return;
  const { located, method, policy, isGuarded } = context;
  if (isGuarded) {
    refuse(context, response, { ...unserved, keepsDecision: true });
    return;
  }
  const answer = answerFor(policy.snapshot, { method, located }, rolesOf(context));
  if (answer.pass) refuse(context, response, { ...unserved, cause: "no-guard" });
  else {
    const { problem: code, allowedMethods } = answer;
    refuse(context, response, { code, detail: answer.detail, allowedMethods });
  }
}

function decisionOf<P extends PolicyTypes>(context: RequestContext): RequestDecision<P> {
  const { snapshot } = context.policy;
  const number = context.located?.route ?? -1;
  const route = number === -1 ? undefined : routeOf(snapshot, number);
  return {
    ...context.decision,
    id: context.id,
    route: (route?.id ?? null) as RouteIdOf<P> | null,
    rule: route?.at ?? null,
    snapshot: snapshot.digest,
  };
}

function failClosed(state: GateState, response: ServerResponse, error: unknown): void {
  state.onError(error);
  const detail = "the gate failed to decide";
  refuse(contextOf(response.req), response, { code: "internal-error", detail });
}

function requireSource(snapshot: Snapshot, source: PrincipalSource | undefined): void {
  if (snapshot.source.principal.from !== "application" || source !== undefined) return;
  const message = "the policy takes the principal from the application: pass `principalSource`";
  throw new GateError("configuration-invalid", message);
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error.message : String(error), "GatewrightWarning");
}
