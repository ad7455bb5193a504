import type { PolicyTypes } from "../policy-types.js";
import { sendDone } from "./answers.js";
import { clearedCookies } from "./cookies.js";
import type { SessionCore, SessionHandler } from "./open-core.js";
import { readPresented } from "./read-presented.js";
import { refusePresented } from "./refuse-presented.js";
import { findPresented } from "./refresh.js";

/**
 * Ends the session of a refresh token, also of one that was used before: who has it may end it. The answer is
 * the same where there is nothing to end, and a token that is not ours ends nothing.
 */
export function logoutHandler<P extends PolicyTypes>(core: SessionCore<P>): SessionHandler {
  return async (request, response, context) => {
    const presented = await readPresented(core, request);
    if (presented.kind !== "token") {
      refusePresented(core, { request, response, context }, presented);
      return;
    }
    const found = await findPresented(core, presented);
    if (typeof found !== "string" && (await core.end(found.session, "logout"))) {
      const { session } = found;
      core.tell({ event: "session.ended", severity: "info", reason: "logout", session }, request);
    }
    sendDone(response, presented.flow === "browser" ? clearedCookies() : []);
  };
}
