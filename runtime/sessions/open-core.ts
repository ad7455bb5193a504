import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { GateError } from "../gate-error.js";
import { gateStates } from "../gate-states.js";
import { createPolicyIssuer } from "../issuer/create-policy-issuer.js";
import type { IssuedToken, Issuer } from "../issuer/create-policy-issuer.js";
import { setAt } from "../issuer/set-at.js";
import type { PolicyTypes } from "../policy-types.js";
import { contextOf } from "../request-context.js";
import type { RequestContext } from "../request-context.js";
import { loadSnapshot } from "../snapshot.js";
import type { SerializedSessionClient, SerializedSessions } from "../serialized-sessions.js";
import type {
  SerializedIssuer,
  SerializedRevocation,
  SerializedSnapshot,
} from "../snapshot-format.js";
import type { GateState } from "../stages.js";
import { openSecrets } from "./open-secrets.js";
import type { SessionSecrets } from "./open-secrets.js";
import { isTagged, openTagKey, readRefreshToken } from "./refresh-token.js";
import type { RefreshToken, TagKey } from "./refresh-token.js";
import type { SessionEvent } from "./session-event.js";
import { readFacts } from "./session-facts.js";
import type { SessionFacts } from "./session-facts.js";
import type { EndOfSession, SessionStore, StoredSession } from "./session-store.js";
import type { Account, AccountRequest, SessionsOptions } from "./session-types.js";

/** What the handlers of sessions share. */
export interface SessionCore<P extends PolicyTypes> {
  readonly snapshot: SerializedSnapshot;
  readonly settings: SerializedSessions;
  readonly revocation: SerializedRevocation;
  /** Whose access tokens they are. */
  readonly issuer: SerializedIssuer;
  readonly options: SessionsOptions<P>;
  readonly secrets: SessionSecrets;
  readonly state: GateState;
  readonly clients: ReadonlyMap<string, SerializedSessionClient>;
  /** Asks the store; what fails or takes longer than two seconds is GateError `unavailable`. */
  ask<T>(question: (store: SessionStore) => Promise<T>): Promise<T>;
  /** The session of a refresh token, once its tag is known to be ours; else a closed word on what is wrong. */
  find(text: string): Promise<FoundSession | string>;
  readAccount(request: AccountRequest): Promise<Account<P> | null>;
  mint(wanted: WantedToken<P>): Promise<IssuedToken>;
  /** Ends a session and refuses its access tokens; false where it was not active. */
  end(session: StoredSession, why: EndOfSession): Promise<boolean>;
  /** Refuses the access tokens of a session that ended. What other nodes cannot be told goes to `onError`. */
  refuseTokens(sessionId: string): Promise<void>;
  /** Ends all sessions of a subject and refuses their access tokens; how many there were. */
  endAll(subject: string, why: EndOfSession, request?: IncomingMessage): Promise<number>;
  tell(event: NewEvent, request?: IncomingMessage): void;
}

export interface FoundSession {
  readonly session: StoredSession;
  readonly facts: SessionFacts;
  readonly client: SerializedSessionClient;
  readonly token: RefreshToken;
  readonly tagKey: TagKey;
}

export interface WantedToken<P extends PolicyTypes> {
  readonly session: Pick<StoredSession, "id" | "subject" | "epoch">;
  readonly facts: SessionFacts;
  readonly account: Account<P>;
  readonly scopes: readonly string[] | null;
  /** Milliseconds until the session ends. */
  readonly remaining: number;
}

export type NewEvent = Pick<SessionEvent, "event" | "severity" | "reason" | "generation"> & {
  readonly session?: StoredSession | undefined;
  readonly clientId?: string | undefined;
};

/** Clients of a server that is away may wait for it without end; a request does not. */
const PATIENCE_MILLISECONDS = 2000;

/** @throws GateError `configuration-invalid` where policy, gate and options do not fit each other */
export function openCore<P extends PolicyTypes>(
  serialized: SerializedSnapshot,
  gate: object,
  options: SessionsOptions<P>,
): SessionCore<P> {
  const { sessions: settings, revocation, issuers } = loadSnapshot(serialized).source;
  const state = gateStates.get(gate);
  const issuer = settings && issuers[settings.issuer];
  if (!settings || !revocation || !issuer) throw misuse("the policy has no `sessions`");
  if (state === undefined) throw misuse("pass the gate that `createGate` returned");
  const { environment = process.env, cwd = process.cwd(), ring, revocations } = options;
  requireStore(settings, options.store, environment, state);
  const secrets = openSecrets(settings, { environment, cwd });
  const { now, onError } = state;
  const signer: Issuer<P> = createPolicyIssuer<P>(serialized, { ring, issuer: issuer.name, now });
  const clients = new Map(settings.clients.map((client) => [client.id, client]));

  const tell: SessionCore<P>["tell"] = ({ session, clientId, ...event }, request) => {
    const context = request && contextOf(request);
    const { event: name, severity, reason, generation } = event;
    // In the order of RFC 8785, as all records.
    const line: SessionEvent = {
      client: (request && context?.policy.proxies.clientOf(request)) ?? null,
      clientId: (session ? readFacts(session).clientId : clientId) ?? null,
      event: name,
      generation,
      id: randomUUID(),
      reason,
      request: context?.id ?? null,
      session: session?.id ?? null,
      severity,
      snapshot: (context?.policy ?? state.policy).snapshot.digest,
      subject: session?.subject ?? null,
      time: new Date(now()).toISOString(),
      traceId: context?.trace.traceId,
      type: "session",
    };
    state.sink.accept(line);
    try {
      options.onEvent?.(line);
    } catch (error) {
      onError(error);
    }
  };
  const refuseTokens = async (id: string) => {
    try {
      await revocations.revokeSession({ issuer: issuer.issuer, id });
    } catch (error) {
      onError(error);
    }
  };
  const ask: SessionCore<P>["ask"] = (question) => askPatiently(options.store, question, onError);
  return {
    snapshot: serialized,
    settings,
    revocation,
    issuer,
    options,
    secrets,
    state,
    clients,
    ask,
    async find(text) {
      const token = readRefreshToken(text);
      if (token === undefined) return "malformed";
      const session = await ask((store) => store.read(token.id));
      if (session === undefined) return "unknown-session";
      const facts = readWhole(session, onError);
      const key = secrets.find(facts.keyId);
      const client = clients.get(facts.clientId);
      if (key === undefined || client === undefined) return "unknown-client";
      const tagKey = openTagKey(key, { ...facts, id: session.id });
      return isTagged(tagKey, token) ? { session, facts, client, token, tagKey } : "tag";
    },
    async readAccount(wanted) {
      try {
        return await options.account(wanted);
      } catch (error) {
        onError(error);
        throw new GateError("unavailable", "account");
      }
    },
    mint({ session, facts, account, scopes, remaining }) {
      const { acr, amr, authTime, device, clientId } = facts;
      const token: Record<string, unknown> = { auth_time: authTime };
      if (acr !== null) token["acr"] = acr;
      if (amr !== null) token["amr"] = amr;
      if (device?.kind === "dpop") token["cnf"] = { jkt: device.thumbprint };
      setAt(token, revocation.session, session.id);
      setAt(token, revocation.epoch, session.epoch);
      const seconds = Math.max(1, Math.floor(remaining / 1000));
      const expiresIn = Math.min(settings.accessTokenSeconds, seconds);
      const { scopes: _, ...held } = account;
      const who = { ...held, id: session.subject, clientId, expiresIn, token };
      return signer.issue(scopes === null ? who : { ...who, scopes });
    },
    async end(session, why) {
      const isEnded = await ask((store) => store.end(session.id, why));
      await refuseTokens(session.id);
      return isEnded;
    },
    refuseTokens,
    async endAll(subject, why, request) {
      const sessions = await ask((store) => store.list(subject));
      const { epoch, ended } = await ask((store) => store.endAll(subject, why));
      for (const session of sessions) {
        tell({ event: "session.ended", severity: "info", reason: why, session }, request);
      }
      await revocations.revokeSubject({ issuer: issuer.issuer, id: subject, epoch });
      return ended.length;
    },
    tell,
  };
}

/** A handler of sessions behind the gate. */
export type SessionHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  context: RequestContext,
) => Promise<void>;

function readWhole(session: StoredSession, onError: (error: unknown) => void): SessionFacts {
  try {
    return readFacts(session);
  } catch (error) {
    onError(error);
    throw new GateError("unavailable", "session-store");
  }
}

async function askPatiently<T>(
  store: SessionStore,
  question: (store: SessionStore) => Promise<T>,
  onError: (error: unknown) => void,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const message = `the session store does not answer within ${PATIENCE_MILLISECONDS} ms`;
    timer = setTimeout(() => reject(new Error(message)), PATIENCE_MILLISECONDS);
  });
  try {
    return await Promise.race([question(store), late]);
  } catch (error) {
    onError(error);
    throw new GateError("unavailable", "session-store");
  } finally {
    clearTimeout(timer);
  }
}

function requireStore(
  { store: { kind, volatile } }: SerializedSessions,
  store: SessionStore | undefined,
  environment: Readonly<Record<string, string | undefined>>,
  { onError }: GateState,
): void {
  if (store?.kind !== kind) {
    const found = store === undefined ? "none is passed" : `one of \`${store.kind}\` is passed`;
    throw misuse(`the policy keeps sessions in \`${kind}\`, but ${found}: pass it as \`store\``);
  }
  if (kind !== "memory") return;
  const modes = [environment["NODE_ENV"], process.env["NODE_ENV"]];
  if (!volatile && modes.includes("production")) {
    throw misuse(
      "the policy keeps sessions in memory, which no other process sees: use another store, or say `volatile` and why",
    );
  }
  onError(misuse("sessions live in memory: they end with this process, and no other knows them"));
}

function misuse(message: string): GateError {
  return new GateError("configuration-invalid", message);
}
