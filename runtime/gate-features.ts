import type { Server, ServerResponse } from "node:http";
import type { RequestContext } from "./request-context.js";
import type { Snapshot } from "./snapshot.js";
import type { GateState } from "./stages.js";

/**
 * Parts of the runtime that generated code passes to the gate where its policy needs them, so that a
 * service loads no more than that. A snapshot that needs a part which is not there is refused.
 */
export interface GateFeatures {
  readonly cors?: CorsFeature;
  readonly upgrades?: UpgradesFeature;
}

/** Opens the `cors` rules of a snapshot. */
export type CorsFeature = (snapshot: Snapshot) => CorsPolicy;

export interface CorsPolicy {
  /** Sets the headers by which a browser lets a page read this response, whatever the answer is. */
  decorate(context: RequestContext, response: ServerResponse): void;
  /** Sets the headers of a preflight's answer; or says in a word why it is refused, and sets none. */
  preflight(context: RequestContext, response: ServerResponse): string | undefined;
}

/** Serves the routes with `upgrade: websocket` on a server. */
export type UpgradesFeature = (
  state: GateState,
  server: Server,
  handlers: Readonly<Record<string, unknown>>,
) => void;
