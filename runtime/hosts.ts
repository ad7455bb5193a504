import { answerUnreadable, refuseConnect, watchRequests } from "./doors.js";
import type { OpenHosts } from "./gate-features.js";
import { buildStages } from "./gate-stages.js";
import type { GateState } from "./stages.js";

/** What a gate does for routes that a person registers with a host, and at a server's other doors. */
export function openHosts(state: GateState): OpenHosts {
  return {
    handlers: buildStages(state),
    refuseConnect: (request, door) => refuseConnect(state, request, door),
    watchRequests: (server) => watchRequests(state, server),
    answerUnreadable: (error, socket) => answerUnreadable(state, error, socket),
  };
}
