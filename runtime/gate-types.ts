import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AuditLog } from "./audit/log/audit-log.js";
import type { Decision } from "./audit/request-record.js";
import type { ProofStore } from "./dpop/proof-store.js";
import type { ResponseOptions } from "./gate-features.js";
import type { Middleware } from "./http.js";
import type {
  Handlers,
  PolicyTypes,
  RouteIdOf,
  Stage,
  UpgradeHandlers,
  UpgradeIdOf,
} from "./policy-types.js";
import type { OpaqueTokenStore } from "./opaque/token-store.js";
import type { Identity } from "./principal.js";
import type { KeyRing } from "./ring/key-ring.js";
import type { Revocations } from "./revocations.js";
import type { SerializedSnapshot } from "./snapshot-format.js";
import type { Snapshot } from "./snapshot.js";
import type { CredentialReader } from "./strategies/credential-reader.js";
import type { Trace } from "./trace.js";

export interface GateOptions extends ResponseOptions {
  /** Where keys named by `keys: { environment: … }` are read; `process.env` by default. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Folder that relative paths of key files and the audit file start from; the working directory by default. */
  readonly cwd?: string;
  /** The clock, in milliseconds since the epoch; `Date.now` by default. */
  readonly now?: () => number;
  /**
   * Hears of faults that no response tells: an audit sink or a key set that fails, a principal source
   * that rejects, and what a handler throws where no host hears of it, as it was thrown. By default a process warning.
   */
  readonly onError?: (error: unknown) => void;
  /**
   * Key rings by the name of their issuer under `tokens`, so that the gate and the application share one:
   * what is revoked there is refused from the next request on. Required where the policy says
   * `ring: { from: application }`; else the gate opens the ring itself.
   */
  readonly rings?: Readonly<Record<string, KeyRing>>;
  /** `rewritten`: decide on `request.url` as handlers before the gate left it. */
  readonly target?: "original" | "rewritten";
}

/** A server of `node:http`, `node:https`, or `node:http2` with its compatibility API. */
export type AttachableServer = Pick<Server, "on" | "prependListener">;

/** The claims that the policy declares under `principal.claims`. */
type ClaimsOf<P extends PolicyTypes> = P["principal"] extends { readonly claims: infer Claims }
  ? Claims
  : Readonly<Record<string, never>>;

/** What the application says about a verified identity; role names that the policy lacks give nothing. */
export type SuppliedPrincipal<P extends PolicyTypes> = {
  /** The token's subject where it is left out. */
  readonly id?: string;
  readonly roles: readonly string[];
  readonly tenant?: string;
} & (Readonly<Record<never, never>> extends ClaimsOf<P>
  ? { readonly claims?: ClaimsOf<P> }
  : { readonly claims: ClaimsOf<P> });

/**
 * Finds the principal of a verified identity, where the policy says `principal: { from: application }`.
 * Null refuses the identity with 401; a rejection is answered with 503.
 */
export type PrincipalSourceFor<P extends PolicyTypes> = (
  identity: Identity,
) => Promise<SuppliedPrincipal<P> | null> | SuppliedPrincipal<P> | null;

/** Finds the resource that a request is about, for conditions on its attributes; null where there is none. */
export type ResourceLoader<P extends PolicyTypes, Resource> = (
  request: IncomingMessage,
  call: {
    /** Decoded parameters of the path, with the types that the policy declares. */
    readonly params: Readonly<Record<string, string | number>>;
    readonly principal: P["principal"];
    /** Null for a path that is no route of the policy. */
    readonly route: RouteIdOf<P> | null;
  },
) => Promise<Resource | null> | Resource | null;

/** What a policy needs of its application. */
type NeededOptions<P extends PolicyTypes> = (P["principalFrom"] extends "application"
  ? { readonly principalSource: PrincipalSourceFor<P> }
  : { readonly principalSource?: never }) &
  (P extends { readonly resources: infer Resources }
    ? {
        readonly resources: {
          readonly [Name in keyof Resources]: ResourceLoader<P, Resources[Name]>;
        };
      }
    : { readonly resources?: never }) &
  (P extends { readonly authenticators: infer Name extends string }
    ? { readonly authenticators: Readonly<Record<Name, CredentialReader<RouteIdOf<P>>>> }
    : { readonly authenticators?: never }) &
  (P extends { readonly tokenStores: infer Name extends string }
    ? { readonly tokenStores: Readonly<Record<Name, OpaqueTokenStore>> }
    : { readonly tokenStores?: never }) &
  (P extends { readonly revocation: string }
    ? { readonly revocations: Revocations }
    : { readonly revocations?: never }) &
  (P extends { readonly audit: "log" }
    ? { readonly auditLog: AuditLog }
    : { readonly auditLog?: never }) &
  (P extends { readonly proofs: "redis" }
    ? { readonly proofStore: ProofStore }
    : { readonly proofStore?: never });

/**
 * The options of a gate. A `principalSource`, a loader for each resource whose attributes a condition reads, a
 * reader for each `application` strategy, a store for each `opaque` one, `revocations` and a `proofStore` are
 * required where the policy needs them, and refused where not.
 */
export type GateArguments<P extends PolicyTypes> =
  Readonly<Record<never, never>> extends NeededOptions<P>
    ? [options?: GateOptions & NeededOptions<P>]
    : [options: GateOptions & NeededOptions<P>];

/** What is known about a decided request; `id` is the record's. */
export interface RequestDecision<P extends PolicyTypes> extends Decision {
  readonly id: string;
  readonly route: RouteIdOf<P> | null;
  /** `file:line` of the rule. */
  readonly rule: string | null;
  /** Digest of the snapshot that decided. */
  readonly snapshot: string;
}

/**
 * Authentication, authorization and the audit record of one policy, as request handlers.
 * The gate itself is a handler: mounted before hand-registered routes, it decides each request by
 * the policy's routes and lets on only what passes.
 */
export interface Gate<P extends PolicyTypes> extends Middleware {
  /**
   * One handler for all routes: decides, then runs the handler of the very route that was decided.
   * It answers every request that reaches it. A missing or surplus handler does not type-check.
   *
   * @throws GateError `configuration-invalid` for the same mistake in untyped code.
   * @example
   * app.use(gate.mount<Request, Response>({ "GET /orders": (request, response) => response.json([]) }));
   */
  mount<
    Request extends IncomingMessage = IncomingMessage,
    Response extends ServerResponse = ServerResponse,
  >(handlers: Handlers<P, Request, Response>): Middleware<Request, Response>;

  /** First stage of a chain built by hand: opens the request's context and its record. */
  readonly open: Stage<"open">;
  /** Second stage: refuses ambiguous and rewritten targets, finds the route. */
  readonly target: Stage<"target">;
  /** Third stage: verifies the credentials; lets on without them only on public routes. */
  readonly authenticate: Stage<"authenticate">;
  /** Last handler of a chain built by hand: answers and records what met no guard or no handler. */
  close(): Middleware;

  /**
   * Takes the doors of a server that lead past its request handlers. CONNECT is refused; bytes that are
   * no message are answered and recorded; an upgrade passes the same chain as a request, under a route
   * with `upgrade: websocket`. HTTP/2 servers of Node are served through their compatibility API.
   *
   * @throws GateError `configuration-invalid` for a server that is attached already, or where a route
   * that serves an upgrade has no handler.
   * @example
   * gate.attach(server, { "GET /feed": (request, socket, head) => sockets.handleUpgrade(request, socket, head, accept) });
   */
  attach(
    server: AttachableServer,
    ...handlers: [UpgradeIdOf<P>] extends [never] ? [] : [handlers: UpgradeHandlers<P>]
  ): void;
  /**
   * Ends what outlives the requests of the principals that the test names, as for somebody who lost a role:
   * their upgraded connections, and what the application's `principalSource` said of them, so that it is asked
   * again. Returns how many connections.
   */
  disconnect(isRevoked: (principal: P["principal"]) => boolean): number;

  /**
   * The principal of a request; null before authentication and for an anonymous one. Without a request:
   * of the one that the running code works for, through promises, timers and the events of its messages.
   */
  principal(request?: IncomingMessage): P["principal"] | null;
  /** The decision about a request so far; undefined for one that this gate did not see. */
  decision(request?: IncomingMessage): RequestDecision<P> | undefined;
  /** The trace context of a request, for logs and outgoing calls; undefined where this gate did not see it. */
  trace(request?: IncomingMessage): Trace | undefined;

  /**
   * Replaces the policy for every request that begins from now on; those in flight keep theirs. Upgraded
   * connections that the new policy would not admit are ended.
   *
   * @throws GateError `snapshot-invalid` or `configuration-invalid`; the old policy then stays.
   */
  swap(serialized: SerializedSnapshot): void;
  /** The policy in force, for `whoCan` and `explain` of `@gatewright/runtime`. */
  snapshot(): Snapshot<P["role"]>;
  /**
   * Refuses new requests with 503, ends upgraded connections, waits up to ten seconds for open ones, writes and closes the
   * audit sink. Call `server.close()` first and await it afterwards. Rejects where records could not be written.
   */
  shutdown(): Promise<void>;
}
