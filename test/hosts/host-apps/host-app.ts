import type { RequestListener } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";

/** A handler as every host takes it. */
export type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/** A route with what runs for it, in order. */
export interface HandRoute {
  readonly method: string;
  readonly segments: readonly string[];
  readonly handlers: readonly Handler[];
}

/** An application of one of the hosts, to which routes are registered by hand, one after the other. */
export interface HostApp {
  readonly listener: RequestListener;
  use(handler: Handler): void;
  /** Routes at one pattern, registered together as the host's own style has it. */
  route(routes: readonly HandRoute[]): void;
  /** A router or an application of its own below a prefix, whose routes are written without it. */
  mount(prefix: readonly string[]): HostApp;
  /** Whether routes can be grouped below this prefix. */
  canMount(prefix: readonly string[]): boolean;
}

export interface HostSettings {
  readonly caseSensitive: boolean;
  readonly strict: boolean;
  /** Chooses among the ways that the host offers to write the same. */
  readonly style: number;
}

export const hostNames = ["express4", "express5", "connect", "node"] as const;
export type HostName = (typeof hostNames)[number];
