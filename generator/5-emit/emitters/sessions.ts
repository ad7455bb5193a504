import type { Emitter } from "../emit-context.js";

/** Only of a policy whose service keeps sessions. */
export const sessionsEmitter: Emitter = {
  path: "sessions.ts",
  isNeeded: ({ snapshot }) => snapshot.sessions !== undefined,
  emit: () => [
    [
      'import type { Gate } from "@gatewright/runtime/abi";',
      'import { createPolicySessions } from "@gatewright/runtime/abi/sessions";',
      'import type { Sessions, SessionsOptions } from "@gatewright/runtime/abi/sessions";',
      'import { snapshot } from "./snapshot.js";',
      'import type { Policy } from "./types.js";',
      "",
      "/**",
      " * Login, refresh, logout and the pages of an account, as handlers behind the gate of this policy.",
      " *",
      " * @throws GateError where gate, store, key ring or secret are not those that the policy names",
      " */",
      "export function createSessions(gate: Gate<Policy>, options: SessionsOptions<Policy>): Sessions {",
      "  return createPolicySessions<Policy>(snapshot, gate, options);",
      "}",
    ].join("\n"),
  ],
};
