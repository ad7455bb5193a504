/**
 * Sessions: login, refresh rotation, logout, and what an account page shows of them.
 *
 * @module
 */
import { GateError } from "./gate-error.js";
import type { Gate } from "./gate-types.js";
import type { PolicyTypes } from "./policy-types.js";
import {
  describeSession,
  killHandler,
  listHandler,
  logoutAllHandler,
} from "./sessions/account-handlers.js";
import { answerFailure, behindGate } from "./sessions/behind-gate.js";
import { openDevices } from "./sessions/device.js";
import { handleLogin } from "./sessions/login.js";
import { logoutHandler } from "./sessions/logout.js";
import { introspectHandler, revokeHandler } from "./sessions/oauth-handlers.js";
import { openCore } from "./sessions/open-core.js";
import { refreshHandler } from "./sessions/refresh.js";
import type { Sessions, SessionsOptions } from "./sessions/session-types.js";
import type { SerializedSnapshot } from "./snapshot-format.js";

export type { SessionEvent, SessionEventName } from "./sessions/session-event.js";
export type {
  CreatedSession,
  EndedSessions,
  EndOfSession,
  NewSession,
  NotRenewed,
  RefreshStep,
  Renewed,
  SessionState,
  SessionStore,
  StepVerdict,
  StoredSession,
} from "./sessions/session-store.js";
export type {
  Account,
  AccountReader,
  AccountRequest,
  Login,
  SessionInfo,
  Sessions,
  SessionsOptions,
} from "./sessions/session-types.js";

/**
 * The sessions of a policy; `createSessions` in `generated/sessions.ts` calls it with its own snapshot. They are
 * those of the policy at this moment: a swap of the gate changes its rules and not theirs.
 *
 * @throws GateError `configuration-invalid` where policy, gate, store, ring and secret do not fit each other
 */
export function createPolicySessions<P extends PolicyTypes>(
  snapshot: SerializedSnapshot,
  gate: Gate<P>,
  options: SessionsOptions<P>,
): Sessions {
  const core = openCore(snapshot, gate, options);
  const devices = openDevices(core);
  return {
    async login(request, response, login) {
      try {
        await handleLogin(core, devices, { request, response }, login);
      } catch (error) {
        if (error instanceof GateError && error.code === "configuration-invalid") throw error;
        answerFailure(core.state, response, error);
      }
    },
    refresh: behindGate(core, "POST", refreshHandler(core, devices)),
    logout: behindGate(core, "POST", logoutHandler(core)),
    logoutAll: behindGate(core, "POST", logoutAllHandler(core)),
    list: behindGate(core, "GET", listHandler(core)),
    kill: behindGate(core, "DELETE", killHandler(core)),
    revoke: behindGate(core, "POST", revokeHandler(core)),
    introspect: behindGate(core, "POST", introspectHandler(core)),
    async of(subject) {
      const sessions = await core.ask((store) => store.list(subject));
      return sessions.map(describeSession);
    },
    async end(subject, sessionId) {
      const session = await core.ask((store) => store.read(sessionId));
      if (session?.subject !== subject || !(await core.end(session, "killed"))) return false;
      core.tell({ event: "session.ended", severity: "info", reason: "killed", session });
      return true;
    },
    endAll: (subject, why = "logout-all") => core.endAll(subject, why),
  };
}
