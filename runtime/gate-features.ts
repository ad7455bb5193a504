import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { AuditLog } from "./audit/log/audit-log.js";
import type { Sink } from "./audit/sink.js";
import type { ProxyTrust } from "./client-address.js";
import type { ProofStore } from "./dpop/proof-store.js";
import type { Middleware } from "./http.js";
import type { PolicyContext } from "./load-policy.js";
import type { MaskServices } from "./masks/create-mask.js";
import type { OpaqueTokenStore } from "./opaque/token-store.js";
import type { Problem } from "./problem.js";
import type { PrincipalReader, PrincipalSource } from "./principal.js";
import type { LoadedPolicy, RequestContext } from "./request-context.js";
import type { Viewer } from "./responses/build-writer.js";
import type { Revocations } from "./revocations.js";
import type { Snapshot } from "./snapshot.js";
import type { SerializedIssuer } from "./snapshot-format.js";
import type { GateState } from "./stages.js";
import type { CredentialReader } from "./strategies/credential-reader.js";
import type { KeyContext } from "./tokens/key-source.js";
import type { Authenticator, TokenVerifier } from "./tokens/verification.js";
import type { KeyFinder, TokenVerifiers } from "./tokens/verify-token.js";

/**
 * Parts of the runtime that generated code passes to the gate where its policy needs them, so that a
 * service loads no more than that. A snapshot that needs a part which is not there is refused.
 */
export interface GateFeatures {
  readonly hosts: HostsFeature;
  readonly cors?: CorsFeature;
  readonly upgrades?: UpgradesFeature;
  readonly forwarded?: ForwardedFeature;
  readonly jwks?: KeysFeature;
  readonly keys?: KeysFeature;
  readonly application?: ApplicationFeature;
  /** Whether principals are read with the scopes of their token. */
  readonly scopes?: true;
  readonly rules?: RulesFeature;
  readonly credentials?: CredentialsFeature;
  readonly auditLog?: AuditLogFeature;
  readonly responses?: ResponsesFeature;
}

/** What the application may say of masked responses. */
export interface ResponseOptions {
  /** Functions of masks with `method: custom` that responses name, by name. */
  readonly customMasks?: MaskServices["custom"];
  /** Bytes of a response that are held until it is whole; 8 MiB by default. A larger one is not sent. */
  readonly responseLimit?: number;
}

/** Opens the response schemas of a snapshot; undefined where it has none. */
export type ResponsesFeature = (
  snapshot: Snapshot,
  context: PolicyContext,
) => ResponsePolicy | undefined;

export interface ResponsePolicy {
  /** Masks what is sent from here on, where the route has a schema; once, however often it is asked to. */
  mask(context: RequestContext, response: ServerResponse): void;
  /** The JSON text of what a viewer may see of a document of the named schema. */
  write(name: string, document: unknown, viewer: Viewer): string;
}

/** Finds the audit log that the application opened, and that the gate's records go to. */
export type AuditLogFeature = (settings: Partial<Supplied>) => Sink;

/** What some policies need of their application. */
export interface Supplied {
  readonly principalSource: PrincipalSource;
  readonly resources: ResourceLoaders;
  /** Readers of credentials by strategy. */
  readonly authenticators: Readonly<Record<string, CredentialReader>>;
  /** Stores by strategy. */
  readonly tokenStores: Readonly<Record<string, OpaqueTokenStore>>;
  readonly revocations: Revocations;
  readonly proofStore: ProofStore;
  readonly auditLog: AuditLog;
}

/** Loads what only a gate before handlers of a host, or on a server's other doors, needs. */
export type HostsFeature = () => Promise<{
  readonly openHosts: (state: GateState) => OpenHosts;
}>;

export interface OpenHosts {
  readonly handlers: HostHandlers;
  refuseConnect(request: IncomingMessage, door: Duplex | ServerResponse): void;
  watchRequests(server: Server): void;
  answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void;
}

/** The gate as a handler, and its stages. */
export interface HostHandlers {
  readonly gate: Middleware;
  readonly open: Middleware;
  readonly target: Middleware;
  readonly authenticate: Middleware;
  readonly close: Middleware;
}

/** Opens the keys of an issuer; where they are published at an address, that is `jwks`. */
export type KeysFeature = (issuer: SerializedIssuer, context: KeyContext) => KeyFinder;

/** Opens what a snapshot asks of credentials besides bearer tokens that are JWTs of its issuers. */
export type CredentialsFeature = (
  snapshot: Snapshot,
  context: PolicyContext,
  verify: TokenVerifier,
  verifiers: TokenVerifiers,
) => Authenticator;

/** Reads principals in another way than from claims; undefined for a snapshot that says claims. */
export type ApplicationFeature = (
  snapshot: Snapshot,
  context: PolicyContext,
) => PrincipalReader | undefined;

/** Opens what a snapshot asks besides roles. */
export type RulesFeature = (snapshot: Snapshot, context: PolicyContext) => Rules;

export interface Rules {
  /**
   * Why a request is refused whose roles pass; undefined where nothing speaks against it. Asked about the
   * permissions of its route, or about those of a guard.
   */
  check(
    context: RequestContext,
    request: IncomingMessage,
    permissions?: readonly number[],
  ): Promise<Problem | undefined>;
}

/** Loaders by resource, as the application passes them; null where the resource does not exist. */
export type ResourceLoaders = Readonly<
  Record<string, (request: IncomingMessage, call: ResourceCall) => LoadedResources | object | null>
>;

export type LoadedResources = Promise<object | null>;

/** What a loader is given besides the request. */
export interface ResourceCall {
  readonly params: unknown;
  readonly principal: object | null;
  /** Null for a path that is no route of the policy. */
  readonly route: string | null;
}

/** Opens the `cors` rules of a snapshot. */
export type CorsFeature = (snapshot: Snapshot) => CorsPolicy;

export interface CorsPolicy {
  /** Sets the headers by which a browser lets a page read this response, whatever the answer is. */
  decorate(context: RequestContext, response: ServerResponse): void;
  /** Answers a preflight that the policy allows; or says in a word why it is refused, and sets nothing. */
  preflight(context: RequestContext, response: ServerResponse): string | undefined;
}

export interface UpgradesFeature {
  /** Opens the upgrades of one gate. */
  readonly open: (state: GateState) => Upgrades;
  /** Whether a request lacks the upgrade that its route serves alone; it is answered then. */
  readonly isOwed: (context: RequestContext, response: ServerResponse) => boolean;
}

/** The routes with `upgrade: websocket`, and the connections that live on behind them. */
export interface Upgrades {
  serve(server: Server, handlers: Readonly<Record<string, unknown>>): void;
  /** Ends the connections of the contexts that the test names; returns how many. */
  end(reason: EndReason, isEnded: (context: RequestContext) => boolean): number;
  /** Ends the connections that this policy would not admit. */
  recheck(policy: LoadedPolicy): void;
}

export type EndReason = "expired" | "revoked" | "unavailable" | "shutdown";

/** Opens `router.trustedProxies`: who may name the client of a request. */
export type ForwardedFeature = (trusted: number | readonly string[]) => ProxyTrust;
