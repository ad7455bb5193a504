import type { IncomingMessage, ServerResponse } from "node:http";
import { GateError } from "../gate-error.js";
import type { PolicyTypes } from "../policy-types.js";
import type { RequestContext } from "../request-context.js";
import { refuseRefresh, refuseWith } from "./answers.js";
import type { CookieFate } from "./answers.js";
import { cookieNames } from "./cookies.js";
import type { Devices } from "./device.js";
import { grantedScopes } from "./login.js";
import type { FoundSession, SessionCore, SessionHandler } from "./open-core.js";
import { readPresented } from "./read-presented.js";
import { refusePresented } from "./refuse-presented.js";
import type { Presented } from "./read-presented.js";
import { changedSignals, seenOf } from "./request-signals.js";
import { sendTokens } from "./send-tokens.js";
import { readSeen } from "./session-facts.js";
import type { NotRenewed, Renewed, StepVerdict, StoredSession } from "./session-store.js";
import type { Account } from "./session-types.js";

/** So many generations in a row that were retried are no chance: somebody else may be using the tokens too. */
const RETRIES_IN_A_ROW = 3;

/** Answers a refresh token with the one successor that it has. */
export function refreshHandler<P extends PolicyTypes>(
  core: SessionCore<P>,
  devices: Devices,
): SessionHandler {
  return async (request, response, context) => {
    const presented = await readPresented(core, request);
    if (presented.kind !== "token") {
      refusePresented(core, { request, response, context }, presented);
      return;
    }
    const found = await findPresented(core, presented);
    if (typeof found === "string") {
      // A page that begins asks whether there is a session at all.
      const severity = found === "missing" ? "info" : "warning";
      core.tell({ event: "session.refused", severity, reason: found }, request);
      refuseRefresh(context, response, { cause: found, cookies: "cleared" });
      return;
    }
    await refresh(core, devices, { request, response, context, presented, found });
  };
}

/** The session of what was presented, if it came the way that its client's tokens travel; a word if not. */
export async function findPresented<P extends PolicyTypes>(
  core: SessionCore<P>,
  presented: Extract<Presented, { readonly kind: "token" }>,
): Promise<FoundSession | string> {
  const { token, flow, fields } = presented;
  if (token === undefined) return "missing";
  const found = await core.find(token);
  if (typeof found === "string") return found;
  if (found.client.flow !== flow) return "flow";
  if (flow === "native" && fields.get("client_id") !== found.client.id) return "client";
  return found;
}

interface RefreshRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly context: RequestContext;
  readonly presented: Extract<Presented, { readonly kind: "token" }>;
  readonly found: FoundSession;
}

async function refresh<P extends PolicyTypes>(
  core: SessionCore<P>,
  devices: Devices,
  { request, response, context, presented, found }: RefreshRequest,
): Promise<void> {
  const { session, facts, client, token, tagKey } = found;
  const refused = (cause: string, cookies: CookieFate) => {
    refuseRefresh(context, response, { cause, cookies });
  };
  const { cookies } = presented;
  const other = await devices.check(found, { request, context, cookies });
  if (other !== undefined) {
    const event = {
      event: "session.refused",
      severity: "critical",
      reason: other,
      session,
    } as const;
    core.tell(event, request);
    refused(other, "kept");
    return;
  }
  const seen = seenOf(context.policy.proxies.clientOf(request), request.headers["user-agent"]);
  const risks = changedSignals(readSeen(session), seen).filter(
    (name) => core.settings[name] !== "off",
  );
  for (const name of risks) {
    core.tell(
      { event: "session.risk", severity: "warning", reason: `other-${name}`, session },
      request,
    );
  }
  if (risks.some((name) => core.settings[name] === "revoke")) {
    await core.end(session, "risk");
    core.tell({ event: "session.ended", severity: "critical", reason: "risk", session }, request);
    refused("risk", "cleared");
    return;
  }
  if (risks.some((name) => core.settings[name] === "step-up")) {
    const detail = "the session is used from elsewhere: authenticate again";
    const code = "insufficient-user-authentication";
    refuseWith(context, response, { code, detail, cause: "risk" });
    return;
  }
  // A session that ended stays ended: nobody needs to be asked.
  const account = session.state === "active" ? await accountOf(core, found) : {};
  if (account === null) {
    await core.endAll(session.subject, "account-disabled", request);
    refused("account-disabled", "cleared");
    return;
  }
  const scopes = scopesFor(found, account, presented.fields.get("scope"));
  const { retrySeconds, maxRetries, idleSeconds } = core.settings;
  const verdict = await core.ask((store) =>
    store.step(session.id, {
      generation: token.generation,
      retryFor: retrySeconds * 1000,
      maxRetries,
      mayRetry: risks.length === 0,
      idleFor: idleSeconds * 1000,
      seen: JSON.stringify(seen),
    }),
  );
  if (!isRenewed(verdict)) {
    await answerDead(core, { request, session, verdict });
    refused(verdict.kind, verdict.kind === "refused" ? "kept" : "cleared");
    return;
  }
  tellRenewal(core, { request, session, verdict });
  const deviceSecret = presented.cookies?.get(cookieNames.device);
  const renewed = { ...session, ...verdict };
  await sendTokens(core, response, {
    session: renewed,
    facts,
    tagKey,
    client,
    account,
    scopes,
    at: verdict.at,
    deviceSecret,
  });
}

function accountOf<P extends PolicyTypes>(
  core: SessionCore<P>,
  { session, client }: FoundSession,
): Promise<Account<P> | null> {
  const { id, subject } = session;
  return core.readAccount({ id: subject, clientId: client.id, sessionId: id });
}

function isRenewed(verdict: StepVerdict): verdict is Renewed {
  return verdict.kind === "rotated" || verdict.kind === "retried";
}

/** RFC 6749, section 6: what is asked for must be within what was granted. */
function scopesFor<P extends PolicyTypes>(
  { facts }: FoundSession,
  account: Account<P>,
  asked: string | undefined,
): readonly string[] | null {
  const granted = grantedScopes(facts.scopes, account.scopes);
  if (asked === undefined) return granted;
  const wanted = asked.split(" ").filter((scope) => scope !== "");
  const original = new Set(facts.scopes);
  if (wanted.some((scope) => !original.has(scope))) throw new GateError("invalid-request", "scope");
  return wanted.filter((scope) => granted?.includes(scope));
}

interface DeadEnd {
  readonly request: IncomingMessage;
  readonly session: StoredSession;
  readonly verdict: NotRenewed;
}

/** A token that was used before, was never handed out, or is of a session that ended, may be in other hands. */
async function answerDead<P extends PolicyTypes>(
  core: SessionCore<P>,
  { request, session, verdict }: DeadEnd,
): Promise<void> {
  if (verdict.kind === "reused" || verdict.kind === "ahead" || verdict.kind === "ended") {
    await core.refuseTokens(session.id);
    const reason = verdict.kind === "ended" ? `after-${verdict.state}` : verdict.kind;
    core.tell({ event: "session.token-reused", severity: "critical", reason, session }, request);
    return;
  }
  const severity = verdict.kind === "refused" ? "warning" : "info";
  core.tell({ event: "session.refused", severity, reason: verdict.kind, session }, request);
}

interface Renewal {
  readonly request: IncomingMessage;
  readonly session: StoredSession;
  readonly verdict: Renewed;
}

function tellRenewal<P extends PolicyTypes>(
  core: SessionCore<P>,
  { request, session, verdict }: Renewal,
): void {
  const { kind, generation, retriedInARow } = verdict;
  const event = kind === "rotated" ? "session.renewed" : "session.retried";
  core.tell({ event, severity: "info", session, generation }, request);
  if (kind === "rotated" || retriedInARow + 1 < RETRIES_IN_A_ROW) return;
  core.tell(
    { event: "session.risk", severity: "critical", reason: "retried-in-a-row", session },
    request,
  );
}
