import type { PassReason } from "../answer.js";
import type { ProblemCode, SessionProblemCode } from "../gate-error.js";
import type { ActorData } from "../principal.js";
import type { CredentialRecord } from "../tokens/verification.js";

/** What was decided about a request; `none` where it ended before any decision. */
export interface Decision {
  readonly outcome: "allow" | "deny" | "none";
  readonly reason: PassReason | "preflight" | ProblemCode | SessionProblemCode | "undecided";
  /**
   * A closed word on what was wrong, such as `expired`, `signature` or `claim:aud` for a token,
   * `no-handler` or `no-guard` for a route that nothing serves.
   */
  readonly cause?: string | undefined;
}

/**
 * One line of the request log, in ASCII: exactly one for each request that reached the chain. It holds no
 * header, no query, no body, and of the path only the words that the policy itself holds.
 */
export interface RequestRecord {
  readonly type: "request";
  /** UUID; the `instance` of a problem response repeats it. */
  readonly id: string;
  /** W3C Trace Context: the trace that the client named, or one begun here; never a proof of anything. */
  readonly traceId: string;
  readonly spanId: string;
  /** The caller's span, where the client named one. */
  readonly parentSpanId?: string | undefined;
  /** When the request came, ISO 8601 in UTC. */
  readonly time: string;
  readonly durationMs: number;
  /** Null where the message could not be read. */
  readonly method: string | null;
  /** Id of the route met; null where none was. */
  readonly route: string | null;
  /** Segments that are not literals of the policy are `*`; null for a refused target. */
  readonly path: string | null;
  /** `file:line` of the rule that decided. */
  readonly rule: string | null;
  /** `file:line` of the conditional grant that let it pass, or of the conditional deny that did not. */
  readonly clause?: string | undefined;
  readonly decision: Decision["outcome"];
  readonly reason: Decision["reason"];
  readonly cause?: string | undefined;
  /** Null where the connection closed before an answer; 101 for a connection that left HTTP. */
  readonly status: number | null;
  /** `aborted` where the connection closed before the response was sent whole. */
  readonly outcome: "finished" | "aborted";
  readonly principal: RecordedPrincipal | null;
  /** The credentials that told the principal; by none of this can they be used. */
  readonly credential?: CredentialRecord | undefined;
  /** Role names that the policy does not know: at most 16, of at most 100 characters. */
  readonly unknownRoles?: readonly string[] | undefined;
  /** Client address as far as trusted proxies tell. */
  readonly client: string | null;
  /** Digest of the snapshot that decided. */
  readonly snapshot: string;
}

export interface RecordedPrincipal {
  readonly id: string;
  readonly issuer: string;
  readonly roles: readonly string[];
  readonly tenant?: string | undefined;
  /** Who acted for it, where the token says so (RFC 8693, section 4.1). */
  readonly actor?: ActorData | undefined;
}
