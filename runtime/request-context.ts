import type { Authentication } from "./authenticate.js";
import type { Decision } from "./audit/request-record.js";
import type { ProxyTrust } from "./client-address.js";
import type { CorsPolicy, ResponsePolicy, Rules, UpgradesFeature } from "./gate-features.js";
import type { Located } from "./decide.js";
import type { Problem } from "./problem.js";
import type { PrincipalReader } from "./principal.js";
import type { RoleMask, Snapshot } from "./snapshot.js";
import type { Authenticator } from "./tokens/verification.js";
import type { Trace } from "./trace.js";

/** A snapshot with what is opened for it; replaced as one, so that no request sees half of a swap. */
export interface LoadedPolicy {
  readonly snapshot: Snapshot;
  readonly authenticator: Authenticator;
  readonly principalOf: PrincipalReader;
  readonly proxies: ProxyTrust;
  /** Undefined where the policy has no `cors`. */
  readonly cors: CorsPolicy | undefined;
  /** Undefined where no route of the policy serves upgrades. */
  readonly upgrades: UpgradesFeature | undefined;
  /** Undefined where no route of the policy masks its responses. */
  readonly responses: ResponsePolicy | undefined;
  /** Undefined where the policy asks for nothing but roles. */
  readonly rules: Rules | undefined;
}

/** How a message came in: as a request, as one that asks to leave HTTP, or as bytes that are no message. */
export type Door = "http" | "upgrade" | "unread";

/** What the stages of one request leave for those that follow; a stage that did not run left nothing. */
export interface RequestContext {
  /** The gate that opened it: no other may go on with it. */
  readonly gate: object;
  /** Hears of what no response and no host tells: the error of a handler that has no host. */
  readonly onError: (error: unknown) => void;
  /** The gate's clock, in milliseconds since the epoch. */
  readonly now: () => number;
  readonly id: string;
  readonly trace: Trace;
  /** The policy that the request began with and keeps. */
  readonly policy: LoadedPolicy;
  /** Null where the message could not be read. */
  readonly method: string | null;
  readonly door: Door;
  located?: Located;
  authentication?: Authentication;
  /** What the credentials came to, also where the request goes on, or not, without them. */
  presented?: Authentication;
  /** Why the policy's rules refuse the request by its route, where the roles let it pass. */
  objection?: Problem | undefined;
  /** `file:line` of the conditional grant or deny that decided last. */
  clause?: string | undefined;
  decision: Decision;
  /** Whether a guard or the gate decided; `gate.close()` records what met none. */
  isGuarded: boolean;
  /** What the handler of an upgrade answered with; its record is written when the connection closes. */
  upgradeStatus?: number;
  /** Whether the response ended or the connection is gone. */
  isClosed: boolean;
}

// A weak map and no property of the request: no other code can name, read or forge an entry.
const contexts = new WeakMap<object, RequestContext>();

export function contextOf(request: object): RequestContext | undefined {
  return contexts.get(request);
}

export function openContext(request: object, context: RequestContext): void {
  contexts.set(request, context);
}

/** The roles that a request was authenticated with; null for an anonymous one. */
export function rolesOf(context: RequestContext): RoleMask | null {
  return context.authentication?.kind === "principal" ? context.authentication.mask : null;
}
