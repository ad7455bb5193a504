import type { IncomingMessage, ServerResponse } from "node:http";
import { incomplete } from "../authorize.js";
import { GateError } from "../gate-error.js";
import type { PolicyTypes } from "../policy-types.js";
import { contextOf } from "../request-context.js";
import type { RequestContext } from "../request-context.js";
import type { SerializedSessionClient } from "../serialized-sessions.js";
import { refuseCookies, refuseRefresh, refuseWith } from "./answers.js";
import { cookieNames, hasCookies, readCookies } from "./cookies.js";
import type { Devices } from "./device.js";
import type { FoundSession, SessionCore } from "./open-core.js";
import { createSecret, createSessionId, openTagKey } from "./refresh-token.js";
import { seenOf } from "./request-signals.js";
import { findForgery, isFromPage } from "./same-origin.js";
import { sendTokens } from "./send-tokens.js";
import type { SessionFacts } from "./session-facts.js";
import type { Login } from "./session-types.js";

/** In characters; a store has one for each session. */
const MAX_ID_LENGTH = 1024;

/**
 * Begins a session and answers with its first pair of tokens. Its id and its device are new whatever the
 * request brought: what a client chose is never taken over, and the session that it had ends.
 */
export async function handleLogin<P extends PolicyTypes>(
  core: SessionCore<P>,
  devices: Devices,
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
  login: Login,
): Promise<void> {
  const context = contextOf(request);
  if (context?.gate !== core.state || !context.isGuarded) {
    incomplete(context, response, "the gate of these sessions did not decide about the request");
    return;
  }
  const client = core.clients.get(login.clientId);
  if (client === undefined) throw misuse("the policy lists no such client under `sessions`");
  if (login.id === "" || login.id.length > MAX_ID_LENGTH)
    throw misuse("the id has 1 to 1024 characters");
  const before = await sessionBefore(core, { request, response, context, client }, login);
  if (before === "answered") return;
  const facts = factsOf(core, login);
  const id = createSessionId();
  const account = await core.readAccount({ id: login.id, clientId: client.id, sessionId: id });
  if (account === null) {
    core.tell(
      { event: "session.refused", severity: "warning", reason: "account-disabled" },
      request,
    );
    const detail = "the account may have no session";
    refuseWith(context, response, { code: "forbidden", detail, cause: "account-disabled" });
    return;
  }
  const device = await devices.bind({ client, sessionId: id, request, context });
  if (typeof device === "string") {
    const { id: clientId } = client;
    core.tell({ event: "session.refused", severity: "warning", reason: device, clientId }, request);
    refuseRefresh(context, response, { cause: device, cookies: "kept" });
    return;
  }
  const bound = { ...facts, device: device.binding };
  const { session, displaced } = await core.ask((store) =>
    store.create({
      id,
      subject: login.id,
      data: JSON.stringify(bound),
      seen: JSON.stringify(
        seenOf(context.policy.proxies.clientOf(request), request.headers["user-agent"]),
      ),
      idleFor: core.settings.idleSeconds * 1000,
      absoluteFor: core.settings.absoluteSeconds * 1000,
      maxPerSubject: core.settings.maxPerSubject,
    }),
  );
  const ended = { event: "session.ended", severity: "info" } as const;
  if (before !== undefined && (await core.end(before.session, "replaced"))) {
    core.tell({ ...ended, reason: "replaced", session: before.session }, request);
  }
  for (const old of displaced) {
    await core.refuseTokens(old);
    core.tell({ ...ended, reason: "displaced", session: { ...session, id: old } }, request);
  }
  core.tell({ event: "session.created", severity: "info", session, generation: 0 }, request);
  await sendTokens(core, response, {
    session,
    facts: bound,
    tagKey: openTagKey(core.secrets.current.key, { ...bound, id }),
    client,
    account,
    at: session.createdAt,
    deviceSecret: device.secret,
    scopes: grantedScopes(facts.scopes, account.scopes),
  });
}

interface LoginRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly context: RequestContext;
  readonly client: SerializedSessionClient;
}

/** The session that this one takes the place of. */
async function sessionBefore<P extends PolicyTypes>(
  core: SessionCore<P>,
  { request, response, context, client }: LoginRequest,
  { replaces }: Login,
): Promise<FoundSession | "answered" | undefined> {
  const cookies = readCookies(request);
  const refuseForged = (cause: string) => {
    core.tell(
      { event: "session.refused", severity: "warning", reason: cause, clientId: client.id },
      request,
    );
    const detail = "the request may come from another page";
    refuseWith(context, response, { code: "forbidden", detail, cause });
    return "answered" as const;
  };
  if (client.flow === "native") {
    if (isFromPage(request) || hasCookies(cookies)) return refuseForged("browser");
    const found = replaces === undefined ? undefined : await core.find(replaces);
    return typeof found === "string" ? undefined : found;
  }
  const forgery = findForgery(request, client.origins);
  if (forgery !== undefined) return refuseForged(forgery);
  if (!cookies.ok) {
    core.tell(
      { event: "session.refused", severity: "warning", reason: "cookies", clientId: client.id },
      request,
    );
    refuseCookies(context, response);
    return "answered";
  }
  const token = cookies.values.get(cookieNames.token);
  const found = token === undefined ? undefined : await core.find(token);
  return typeof found === "string" ? undefined : found;
}

function factsOf<P extends PolicyTypes>(
  { secrets, state }: SessionCore<P>,
  { clientId, scopes, acr, amr, authTime }: Login,
): SessionFacts {
  return {
    keyId: secrets.current.id,
    salt: createSecret(),
    clientId,
    device: null,
    scopes: scopes ?? null,
    acr: acr ?? null,
    amr: amr ?? null,
    authTime: authTime ?? Math.floor(state.now() / 1000),
  };
}

/** Of what the login allows, what the account still has; null where neither speaks of scopes. */
export function grantedScopes(
  login: readonly string[] | null,
  account: readonly string[] | undefined,
): readonly string[] | null {
  if (login === null || account === undefined) return login;
  const held = new Set(account);
  return login.filter((scope) => held.has(scope));
}

function misuse(message: string): GateError {
  return new GateError("configuration-invalid", message);
}
