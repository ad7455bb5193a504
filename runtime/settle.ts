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
      if (found !== undefined && context !== undefined) {
        runIn(context, () => proceed(context, found));
      }
    },
    (error: unknown) => {
      state.onError(error);
      const detail = "the gate failed to decide";
      refuse(contextOf(request), response, { code: "internal-error", detail });
    },
  );
}
