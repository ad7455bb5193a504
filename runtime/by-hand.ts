import type { IncomingMessage, ServerResponse } from "node:http";
import { GateError } from "./gate-error.js";
import type { HostHandlers, HostsFeature, OpenHosts } from "./gate-features.js";
import { differentSetting, gateHandlers, layersOf } from "./host-mounting.js";
import type { Middleware } from "./http.js";
import { refuse } from "./problem.js";
import { contextOf } from "./request-context.js";
import { enter } from "./stages.js";
import type { GateState } from "./stages.js";

/** The handlers for routes that a person registers with a host, and the module behind them. */
export interface ByHand extends HostHandlers {
  load(): Promise<OpenHosts>;
}

/**
 * The gate and its stages as handlers. What they do is loaded by the first request that meets one, so a
 * service with the mount helper never loads it; audit-open does not wait for that.
 */
export function openByHand(state: GateState, hosts: HostsFeature): ByHand {
  let loading: Promise<OpenHosts> | undefined;
  let opened: OpenHosts | undefined;
  const load = () => (loading ??= hosts().then(({ openHosts }) => (opened = openHosts(state))));
  const handlerFor = (name: keyof HostHandlers): Middleware => {
    const opens = name === "gate" || name === "open";
    return (request, response, next) => {
      if (opens && enter(state, request, response) === undefined) return;
      if (opened !== undefined) opened.handlers[name](request, response, next);
      else {
        load().then(
          ({ handlers }) => handlers[name](request, response, next),
          (error: unknown) => fail(state, request, response, error),
        );
      }
    };
  };
  const mountable = (kind: "gate" | "open") => {
    const handler = handlerFor(kind);
    gateHandlers.set(handler, kind);
    // Express tells an application that is mounted by it of its parent. Taken for one, the gate compares
    // the settings of its host before the first request. Connect calls `handle` and tells nothing.
    return Object.assign(handler, {
      handle: handler,
      set: () => undefined,
      emit: (_: "mount", host: object) => {
        const layer = layersOf(host).at(-1);
        if (layer !== undefined) gateHandlers.set(layer, kind);
        const different = differentSetting(host, state.policy);
        if (different !== undefined) throw new GateError("configuration-invalid", different);
      },
    });
  };
  return {
    gate: mountable("gate"),
    open: mountable("open"),
    target: handlerFor("target"),
    authenticate: handlerFor("authenticate"),
    close: handlerFor("close"),
    load,
  };
}

function fail(
  state: GateState,
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
): void {
  state.onError(error);
  const detail = "a part of the gate cannot be loaded";
  refuse(contextOf(request), response, { code: "internal-error", detail });
}
