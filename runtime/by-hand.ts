import { GateError } from "./gate-error.js";
import type { HostHandlers, HostsFeature, OpenHosts } from "./gate-features.js";
import { differentSetting, gateHandlers, layersOf } from "./host-mounting.js";
import type { Middleware } from "./http.js";
import { lazily } from "./lazily.js";
import type { Lazy } from "./lazily.js";
import { failClosed } from "./settle.js";
import { enter } from "./stages.js";
import type { GateState } from "./stages.js";

/** The handlers for routes that a person registers with a host, and the part behind them. */
export interface ByHand extends HostHandlers {
  readonly hosts: Lazy<OpenHosts>;
}

/**
 * The gate and its stages as handlers. What they do is loaded by the first request that meets one, so a
 * service with the mount helper never loads it; audit-open does not wait for that.
 */
export function openByHand(state: GateState, feature: HostsFeature): ByHand {
  const hosts = lazily(async () => (await feature()).openHosts(state));
  const handlerFor = (name: keyof HostHandlers): Middleware => {
    return (request, response, next) => {
      const opens = name === "gate" || name === "open";
      if (opens && enter(state, request, response) === undefined) return;
      hosts.use(
        ({ handlers }) => handlers[name](request, response, next),
        (error) => failClosed(state, response, error),
      );
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
        const setting = differentSetting(host, state.policy);
        if (setting) throw new GateError("configuration-invalid", `Express's ${setting}`);
      },
    });
  };
  return {
    gate: mountable("gate"),
    open: mountable("open"),
    target: handlerFor("target"),
    authenticate: handlerFor("authenticate"),
    close: handlerFor("close"),
    hosts,
  };
}
