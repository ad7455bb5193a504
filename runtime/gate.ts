import type { IncomingMessage, Server } from "node:http";
import { currentContext } from "./async-context.js";
import { attachServer } from "./attach.js";
import { openByHand } from "./by-hand.js";
import { openSink } from "./audit/sinks/index.js";
import type { GateFeatures, Supplied } from "./gate-features.js";
import { gateStates } from "./gate-states.js";
import type { Gate, GateArguments, GateOptions, RequestDecision } from "./gate-types.js";
import { loadPolicy } from "./load-policy.js";
import { mountHandlers, requireHandlers } from "./mount.js";
import type { Handlers, PolicyTypes, RouteIdOf } from "./policy-types.js";
import { contextOf } from "./request-context.js";
import type { RequestContext } from "./request-context.js";
import { createRequestLog } from "./request-log.js";
import type { SerializedSnapshot } from "./snapshot-format.js";
import type { GateState } from "./stages.js";

/**
 * Builds the gate of a policy; `createGate` in `generated/gate.ts` calls it with its own snapshot and the
 * parts of the runtime that it needs. Keys and the audit sink are opened now: a gate that could not
 * decide or record never starts.
 *
 * @throws GateError `snapshot-invalid` or `configuration-invalid`.
 */
export function createPolicyGate<P extends PolicyTypes>(
  serialized: SerializedSnapshot,
  features: GateFeatures,
  ...[options]: GateArguments<P>
): Gate<P> {
  // The policy's own types of principal are the generic ones here; what comes back is checked.
  const settings = (options ?? {}) as GateOptions & Partial<Supplied>;
  const { environment = process.env, cwd = process.cwd(), onError = warn } = settings;
  const { now = Date.now, target: targetMode = "original" } = settings;
  const keySets = new Map();
  const policyContext = { ...settings, environment, cwd, onError, now, features, keySets };
  const policy = loadPolicy(serialized, policyContext, undefined);
  const sink =
    features.auditLog?.(settings) ?? openSink(policy.snapshot.source.audit, policyContext);
  const state: GateState = {
    policy,
    isShuttingDown: false,
    servers: new WeakSet(),
    hosts: new WeakMap(),
    sink,
    log: createRequestLog(sink),
    now,
    onError,
    targetMode,
  };
  const upgrades = features.upgrades?.open(state);
  const contextFor = (request?: IncomingMessage) => {
    const context = request === undefined ? currentContext() : contextOf(request);
    return context?.gate === state ? context : undefined;
  };
  const principalIn = (context: RequestContext | undefined) => {
    const found = context?.authentication;
    return found?.kind === "principal" ? (found.principal as unknown as P["principal"]) : null;
  };
  const { gate, open, target, authenticate, close, hosts } = openByHand(state, features.hosts);
  gateStates.set(gate, state);
  return Object.assign(gate, {
    // The brands of the stages exist only for the compiler.
    ...({ open, target, authenticate } as unknown as Stages),
    close: () => close,
    mount: (handlers: Handlers<P, never, never>) => mountHandlers(state, handlers),
    attach: (server: Server, handlers: Readonly<Record<string, unknown>> = {}) => {
      requireHandlers(state.policy.snapshot, handlers, "upgrade");
      attachServer(state, server, hosts);
      upgrades?.serve(server, handlers);
    },
    disconnect: (isRevoked: (principal: P["principal"]) => boolean) => {
      state.policy.principalOf.forget?.(isRevoked as (principal: object) => boolean);
      return (
        upgrades?.end("revoked", (context) => {
          const principal = principalIn(context);
          return principal !== null && isRevoked(principal);
        }) ?? 0
      );
    },
    principal: (request?: IncomingMessage) => principalIn(contextFor(request)),
    decision: (request?: IncomingMessage) => {
      const context = contextFor(request);
      return context && decisionOf<P>(context);
    },
    trace: (request?: IncomingMessage) => contextFor(request)?.trace,
    swap: (replacement: SerializedSnapshot) => {
      const loaded = loadPolicy(replacement, policyContext, state.policy);
      sink.swapped?.(state.policy, loaded);
      state.policy = loaded;
      upgrades?.recheck(loaded);
    },
    snapshot: () => state.policy.snapshot,
    shutdown: async () => {
      state.isShuttingDown = true;
      upgrades?.end("shutdown", () => true);
      await state.log.close();
    },
  });
}

type Stages = Pick<Gate<PolicyTypes>, "open" | "target" | "authenticate">;

function decisionOf<P extends PolicyTypes>(context: RequestContext): RequestDecision<P> {
  const { snapshot } = context.policy;
  const route = snapshot.source.routes[context.located?.route ?? -1];
  return {
    ...context.decision,
    id: context.id,
    route: (route?.id ?? null) as RouteIdOf<P> | null,
    rule: route?.at ?? null,
    snapshot: snapshot.digest,
  };
}

function warn(error: unknown): void {
  process.emitWarning(String(Object(error).message ?? error), "GatewrightWarning");
}
