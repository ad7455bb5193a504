import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Middleware } from "./http.js";

/** What generated code tells the compiler about a policy: `Policy` in `generated/types.ts`. */
export interface PolicyTypes {
  readonly role: string;
  /** `resource.action` */
  readonly permission: string;
  readonly principal: object;
  readonly principalFrom: "claims" | "application";
  /** By route id: `{ access, params }`, and `upgrade` where the route is not served over HTTP. */
  readonly routes: object;
}

/** A route id of the policy, `METHOD pattern`. */
export type RouteIdOf<P extends PolicyTypes> = keyof P["routes"] & string;

/** Routes that serve an upgrade. */
export type UpgradeIdOf<P extends PolicyTypes> = {
  [Id in RouteIdOf<P>]: P["routes"][Id] extends { readonly upgrade: string } ? Id : never;
}[RouteIdOf<P>];

/** Routes that are served over HTTP. */
export type HttpRouteIdOf<P extends PolicyTypes> = Exclude<RouteIdOf<P>, UpgradeIdOf<P>>;

type Property<T, Key extends string> = T extends Readonly<Record<Key, infer Value>> ? Value : never;

/** How a route is guarded. */
export type AccessOf<P extends PolicyTypes, Id extends RouteIdOf<P>> = Property<
  P["routes"][Id],
  "access"
>;

/** The decoded parameters of a route. */
export type ParamsOf<P extends PolicyTypes, Id extends RouteIdOf<P>> = Property<
  P["routes"][Id],
  "params"
>;

/** Never missing on a guarded route, always null on a public one that reads no credentials. */
export type PrincipalOf<P extends PolicyTypes, Id extends RouteIdOf<P>> =
  AccessOf<P, Id> extends "public"
    ? null
    : AccessOf<P, Id> extends "public-optional"
      ? P["principal"] | null
      : P["principal"];

/** What the gate found about a request, for its handler. */
export interface Call<P extends PolicyTypes, Id extends RouteIdOf<P>> {
  /** Decoded once, with the types that the policy declares. */
  readonly params: ParamsOf<P, Id>;
  readonly principal: PrincipalOf<P, Id>;
  readonly route: Id;
}

/** A handler behind the gate; what it returns is awaited, and a rejection goes to `next`. */
export type RouteHandler<P extends PolicyTypes, Id extends RouteIdOf<P>, Request, Response> = (
  request: Request,
  response: Response,
  call: Call<P, Id>,
) => unknown;

/** One handler for every route that is served over HTTP: a missing or a surplus one does not type-check. */
export type Handlers<P extends PolicyTypes, Request, Response> = {
  readonly [Id in HttpRouteIdOf<P>]: RouteHandler<P, Id, Request, Response>;
};

/** What the gate found about an upgrade, and when it must end. */
export interface UpgradeCall<P extends PolicyTypes, Id extends RouteIdOf<P>> extends Call<P, Id> {
  /**
   * Aborted with the reason `expired` when the token's lifetime ends, `revoked` when the caller may no
   * longer stay, `unavailable` when nobody knows whether its token is revoked, `shutdown` when the gate closes; a
   * second later the connection is cut.
   */
  readonly signal: AbortSignal;
}

/** Takes over the connection of an allowed upgrade, and answers the handshake itself. */
export type UpgradeHandler<
  P extends PolicyTypes = PolicyTypes,
  Id extends RouteIdOf<P> = RouteIdOf<P>,
> = (request: IncomingMessage, socket: Duplex, head: Buffer, call: UpgradeCall<P, Id>) => unknown;

/** One handler for every route that serves an upgrade. */
export type UpgradeHandlers<P extends PolicyTypes> = {
  readonly [Id in UpgradeIdOf<P>]: UpgradeHandler<P, Id>;
};

declare const stageName: unique symbol;
declare const guarded: unique symbol;

/** One of the gate's own stages; the brand keeps any other handler out of `chain`. */
export interface Stage<Name extends "open" | "target" | "authenticate"> extends Middleware {
  readonly [stageName]: Name;
}

/** A guard of one route: checks that the policy decides this request by that route. */
export interface RouteGuard<P extends PolicyTypes, Id extends RouteIdOf<P>> extends Middleware {
  readonly id: Id;
  readonly [guarded]: (policy: P) => void;
}

/** A guard of one permission, wherever it is mounted. */
export interface PermissionGuard<P extends PolicyTypes> extends Middleware {
  readonly id: P["permission"];
  readonly [guarded]: (policy: P) => void;
}

/**
 * Stands for the guard of a permission whose conditions read parameters of the path, which only the guard of
 * a route knows: mounting it does not type-check.
 */
export interface NeedsRoute {
  readonly id: string;
  readonly needsRoute: true;
}

/** Guards by resource and action. */
export interface GuardTree {
  readonly [name: string]: GuardTree | Middleware;
}

/** The order in which the stages must stand before the guard of a route that needs a principal. */
export type GuardedStages = readonly [Stage<"open">, Stage<"target">, Stage<"authenticate">];

/** Public routes may leave authentication out. */
export type PublicStages = readonly [Stage<"open">, Stage<"target">];

/** Handler of `chain` behind a route guard. */
export type ChainHandler<P extends PolicyTypes, Id extends RouteIdOf<P>> = (
  request: IncomingMessage,
  response: ServerResponse,
  call: Call<P, Id>,
) => unknown;
