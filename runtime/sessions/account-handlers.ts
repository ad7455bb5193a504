import type { ServerResponse } from "node:http";
import { incomplete } from "../authorize.js";
import type { PolicyTypes } from "../policy-types.js";
import { at } from "../principal.js";
import type { RequestContext } from "../request-context.js";
import { sentTarget } from "../http.js";
import { refuseWith, sendDone, sendJson } from "./answers.js";
import { clearedCookies, hasCookies, readCookies } from "./cookies.js";
import type { SessionCore, SessionHandler } from "./open-core.js";
import { findForgery, isFromPage } from "./same-origin.js";
import { readFacts, readSeen } from "./session-facts.js";
import type { StoredSession } from "./session-store.js";
import type { SessionInfo } from "./session-types.js";

/** Answers with the caller's sessions. */
export function listHandler<P extends PolicyTypes>(core: SessionCore<P>): SessionHandler {
  return async (_request, response, context) => {
    const caller = callerOf(core, context, response);
    if (caller === undefined) return;
    const sessions = await core.ask((store) => store.list(caller.subject));
    const infos = sessions.map((session): SessionInfo => {
      const isCurrent = session.id === caller.sessionId;
      return { ...describeSession(session), isCurrent };
    });
    sendJson(response, { sessions: infos });
  };
}

/** Ends one session of the caller; another's is not told from none. */
export function killHandler<P extends PolicyTypes>(core: SessionCore<P>): SessionHandler {
  return async (request, response, context) => {
    const caller = callerOf(core, context, response);
    if (caller === undefined) return;
    const [path = ""] = sentTarget(request).split("?", 1);
    const id = path.slice(path.lastIndexOf("/") + 1);
    const session = await core.ask((store) => store.read(id));
    const isOwn = session !== undefined && session.subject === caller.subject;
    if (!isOwn || !(await core.end(session, "killed"))) {
      const detail = "the caller has no such session";
      refuseWith(context, response, { code: "not-found", detail, cause: "no-session" });
      return;
    }
    core.tell({ event: "session.ended", severity: "info", reason: "killed", session }, request);
    sendDone(response);
  };
}

/** Ends all sessions of the caller, this one too. */
export function logoutAllHandler<P extends PolicyTypes>(core: SessionCore<P>): SessionHandler {
  return async (request, response, context) => {
    const caller = callerOf(core, context, response);
    if (caller === undefined) return;
    await core.endAll(caller.subject, "logout-all", request);
    const isPage = isFromPage(request) && hasCookies(readCookies(request));
    sendDone(response, isPage && findForgery(request, []) === undefined ? clearedCookies() : []);
  };
}

interface Caller {
  readonly subject: string;
  /** What the access token says; undefined for other credentials. */
  readonly sessionId: unknown;
}

/** Who asks. Sessions belong to the principals of one issuer: the same id of another one is somebody else. */
function callerOf<P extends PolicyTypes>(
  { issuer, revocation }: SessionCore<P>,
  context: RequestContext,
  response: ServerResponse,
): Caller | undefined {
  const { authentication } = context;
  if (authentication?.kind !== "principal") {
    return incomplete(context, response, "the route of this handler has no principal");
  }
  const { principal, claims } = authentication;
  if (principal.issuer !== issuer.issuer) {
    const detail = "the caller has no sessions here";
    refuseWith(context, response, { code: "forbidden", detail, cause: "issuer" });
    return undefined;
  }
  return { subject: principal.id, sessionId: at(claims, revocation.session) };
}

/** What an owner may see of a session. */
export function describeSession(session: StoredSession): Omit<SessionInfo, "isCurrent"> {
  const { id, createdAt, rotatedAt, idleUntil, absoluteUntil } = session;
  return {
    id,
    clientId: readFacts(session).clientId,
    createdAt: timeText(createdAt),
    lastUsedAt: timeText(rotatedAt),
    idleUntil: timeText(idleUntil),
    absoluteUntil: timeText(absoluteUntil),
    ...readSeen(session),
  };
}

function timeText(time: number): string {
  return new Date(time).toISOString();
}
