import type { GateState } from "./stages.js";

// A weak map and no property of the gate: only the runtime's own parts find the way from one to the other.
export const gateStates = new WeakMap<object, GateState>();
