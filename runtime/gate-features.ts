import type { Server, ServerResponse } from "node:http";
import type { ProxyTrust } from "./client-address.js";
import type { KeyContext, KeyResolver } from "./keys.js";
import type { PolicyContext } from "./load-policy.js";
import type { PrincipalReader } from "./principal.js";
import type { LoadedPolicy, RequestContext } from "./request-context.js";
import type { Snapshot } from "./snapshot.js";
import type { GateState } from "./stages.js";

/**
 * Parts of the runtime that generated code passes to the gate where its policy needs them, so that a
 * service loads no more than that. A snapshot that needs a part which is not there is refused.
 */
export interface GateFeatures {
  readonly cors?: CorsFeature;
  readonly upgrades?: UpgradesFeature;
  readonly forwarded?: ForwardedFeature;
  readonly jwks?: JwksFeature;
  readonly application?: ApplicationFeature;
}

/** Opens the keys that an issuer publishes at an address; `subject` names them in an error. */
export type JwksFeature = (url: string, subject: string, context: KeyContext) => KeyResolver;

/** Asks the application for principals, under the snapshot's `principal.cache`. */
export type ApplicationFeature = (snapshot: Snapshot, context: PolicyContext) => PrincipalReader;

/** Opens the `cors` rules of a snapshot. */
export type CorsFeature = (snapshot: Snapshot) => CorsPolicy;

export interface CorsPolicy {
  /** Sets the headers by which a browser lets a page read this response, whatever the answer is. */
  decorate(context: RequestContext, response: ServerResponse): void;
  /** Sets the headers of a preflight's answer; or says in a word why it is refused, and sets none. */
  preflight(context: RequestContext, response: ServerResponse): string | undefined;
}

/** Opens the upgrades of one gate. */
export type UpgradesFeature = (state: GateState) => Upgrades;

/** The routes with `upgrade: websocket`, and the connections that live on behind them. */
export interface Upgrades {
  serve(server: Server, handlers: Readonly<Record<string, unknown>>): void;
  /** Ends the connections of the contexts that the test names; returns how many. */
  end(reason: EndReason, isEnded: (context: RequestContext) => boolean): number;
  /** Ends the connections that this policy would not admit. */
  recheck(policy: LoadedPolicy): void;
}

export type EndReason = "expired" | "revoked" | "shutdown";

/** Opens `router.trustedProxies`: who may name the client of a request. */
export type ForwardedFeature = (trusted: number | readonly string[]) => ProxyTrust;
