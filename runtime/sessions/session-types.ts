import type { IncomingMessage, ServerResponse } from "node:http";
import type { ProofStore } from "../dpop/proof-store.js";
import type { Middleware } from "../http.js";
import type { PolicyTypes } from "../policy-types.js";
import type { KeyRing } from "../ring/key-ring.js";
import type { Revocations } from "../revocations.js";
import type { SessionEvent } from "./session-event.js";
import type { EndOfSession, SessionStore } from "./session-store.js";

/** What an account holds at this moment; a refresh takes over what changed since the login. */
export interface Account<P extends PolicyTypes> {
  readonly roles?: readonly P["role"][];
  readonly tenant?: string;
  /** The claims that the policy declares under `principal.claims`. */
  readonly claims?: P["principal"] extends { readonly claims: infer Claims }
    ? Partial<Claims>
    : Readonly<Record<string, never>>;
  /** The scopes that the account may still have; those of the login where it is left out. */
  readonly scopes?: readonly string[];
}

/** Of whom the account is asked for, and for which session. */
export interface AccountRequest {
  /** The principal's id. */
  readonly id: string;
  readonly clientId: string;
  readonly sessionId: string;
}

/**
 * Finds what an account holds, at login and at every refresh. Null for one that is disabled or gone: all its
 * sessions end at once. A rejection is answered with 503, and nothing is used up.
 */
export type AccountReader<P extends PolicyTypes> = (
  request: AccountRequest,
) => Promise<Account<P> | null> | Account<P> | null;

export interface SessionsOptions<P extends PolicyTypes> {
  /** The kind that the policy names under `sessions.store`. */
  readonly store: SessionStore;
  /** The keys of the issuer that the policy names. */
  readonly ring: KeyRing;
  /** Those that the gate has. */
  readonly revocations: Revocations;
  readonly account: AccountReader<P>;
  /** Where sessions are bound to keys and the policy says `dpop: { replay: redis }`: the gate's. */
  readonly proofStore?: ProofStore;
  /** Hears of every event as it is written to the audit log; what it throws goes to the gate's `onError`. */
  readonly onEvent?: (event: SessionEvent) => void;
  /** Where the secret named by `secret: { environment: … }` is read; `process.env` by default. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Folder that a relative path of a secret's file starts from; the working directory by default. */
  readonly cwd?: string;
}

/** Who logged in, as the application verified it. */
export interface Login {
  /** The principal's id. */
  readonly id: string;
  /** A client that the policy lists; its flow says how the tokens travel. */
  readonly clientId: string;
  /** What the session may have at most; later tokens have these or fewer. */
  readonly scopes?: readonly string[];
  /** How and when the caller was authenticated (RFC 9470); `auth_time` is now where it is left out. */
  readonly acr?: string;
  readonly amr?: readonly string[];
  /** Seconds since the epoch. */
  readonly authTime?: number;
  /** Native flow: the refresh token of a session that this one takes the place of. */
  readonly replaces?: string;
}

/** A session as its owner may see it. */
export interface SessionInfo {
  readonly id: string;
  readonly clientId: string;
  /** Whether the request belongs to it. */
  readonly isCurrent: boolean;
  /** ISO 8601 in UTC, all of them. */
  readonly createdAt: string;
  readonly lastUsedAt: string;
  readonly idleUntil: string;
  readonly absoluteUntil: string;
  /** A /24 or /64; null where it is unknown. */
  readonly address: string | null;
  /** As `Firefox`; null where it is unknown. */
  readonly userAgent: string | null;
}

/**
 * The sessions of a policy, as handlers behind its gate. A handler that runs where the gate did not is
 * answered with 500 `chain-incomplete`.
 */
export interface Sessions {
  /**
   * Ends a login that the application verified: answers with a pair of tokens, and ends the session that the
   * request had before (session fixation). Also after a step-up or another change of privilege.
   *
   * @throws GateError `configuration-invalid` for a client that the policy does not list, or a principal that
   * the policy would refuse; everything else is answered
   */
  login(request: IncomingMessage, response: ServerResponse, login: Login): Promise<void>;
  /** Answers a refresh token with a new pair (RFC 6749, section 6; RFC 9700, section 4.14.2). */
  readonly refresh: Middleware;
  /** Ends the session whose refresh token comes along; 204 also where there is none. */
  readonly logout: Middleware;
  /** Ends all sessions of the caller; for a route with a principal. */
  readonly logoutAll: Middleware;
  /** Answers with the caller's sessions, `{ "sessions": SessionInfo[] }`; for a route with a principal. */
  readonly list: Middleware;
  /** Ends the caller's session with the id in the path's last segment; for a route with a principal. */
  readonly kill: Middleware;
  /** RFC 7009, for clients of the native flow and for whoever found a token. */
  readonly revoke: Middleware;
  /** RFC 7662; the route must admit only services that may ask. */
  readonly introspect: Middleware;
  /** The living sessions of a subject, for a page of the account or of support. */
  of(subject: string): Promise<readonly Omit<SessionInfo, "isCurrent">[]>;
  /** Ends one session of a subject, for support; false where there is no such one. */
  end(subject: string, sessionId: string): Promise<boolean>;
  /** Ends all sessions of a subject and refuses their access tokens, as after a change of password. */
  endAll(subject: string, why?: EndOfSession): Promise<number>;
}
