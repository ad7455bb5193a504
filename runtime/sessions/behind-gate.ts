import type { ServerResponse } from "node:http";
import { GateError } from "../gate-error.js";
import type { Middleware } from "../http.js";
import { incomplete } from "../authorize.js";
import type { PolicyTypes } from "../policy-types.js";
import { contextOf } from "../request-context.js";
import { failClosed } from "../settle.js";
import { refuseWith } from "./answers.js";
import type { GateState } from "../stages.js";
import type { SessionCore, SessionHandler } from "./open-core.js";

/** Runs a handler for requests that the gate of these sessions let pass; what it throws is answered. */
export function behindGate<P extends PolicyTypes>(
  { state }: SessionCore<P>,
  method: "GET" | "POST" | "DELETE",
  handler: SessionHandler,
): Middleware {
  return (request, response) => {
    const context = contextOf(request);
    if (context?.gate !== state || !context.isGuarded) {
      incomplete(context, response, "the gate of these sessions did not decide about the request");
      return;
    }
    if (request.method !== method) {
      const detail = "this path is not served under this method";
      refuseWith(context, response, {
        code: "method-not-allowed",
        detail,
        allowedMethods: [method],
      });
      return;
    }
    handler(request, response, context).catch((error: unknown) => {
      answerFailure(state, response, error);
    });
  };
}

/** What a handler throws is answered, and never with more than a word. */
export function answerFailure(state: GateState, response: ServerResponse, error: unknown): void {
  const context = contextOf(response.req);
  const code = error instanceof GateError ? error.code : undefined;
  const cause = Object(error).message;
  if (context !== undefined && code === "unavailable") {
    const detail = "a dependency of sessions does not answer";
    const answer = { code: "session-store-unavailable", status: 503, detail } as const;
    refuseWith(context, response, { ...answer, cause });
  } else if (context !== undefined && code === "invalid-request") {
    const detail = "the body of the request is not what it should be";
    refuseWith(context, response, { code, detail, cause });
  } else failClosed(state, response, error);
}
