import type { IncomingMessage, ServerResponse } from "node:http";
import { runIn } from "./async-context.js";
import { refuse } from "./problem.js";
import { contextOf } from "./request-context.js";
import type { RequestContext } from "./request-context.js";
import type { GateState } from "./stages.js";

/** Goes on where a decision let the request pass; a gate that fails to decide answers 500. */
export function settle<Found>(
  state: GateState,
  request: IncomingMessage,
  response: ServerResponse,
  decided: Promise<Found | undefined>,
  proceed: (context: RequestContext, found: Found) => void,
): void {
  decided.then(
    (found) => {
      const context = contextOf(request);
      // The client may be gone by now. Its record is written, so nothing may run for it any more.
      if (found !== undefined && context?.isClosed === false) {
        runIn(context, () => proceed(context, found));
      }
    },
    (error: unknown) => failClosed(state, response, error),
  );
}

/** Answers 500 where the gate itself fails. */
export function failClosed(state: GateState, response: ServerResponse, error: unknown): void {
  state.onError(error);
  const detail = "the gate failed to decide";
  refuse(contextOf(response.req), response, { code: "internal-error", detail });
}
