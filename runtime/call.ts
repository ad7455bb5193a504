import type { IncomingMessage, ServerResponse } from "node:http";
import { readParams } from "./decide.js";
import type { NextFunction } from "./http.js";
import type { Call, PolicyTypes, RouteIdOf } from "./policy-types.js";
import { refuse } from "./problem.js";
import { contextOf } from "./request-context.js";

/** What the handler of a decided request is given. */
export function callFor<P extends PolicyTypes, Id extends RouteIdOf<P>>(
  request: IncomingMessage,
  route: Id,
): Call<P, Id> {
  const context = contextOf(request);
  if (context?.located === undefined) throw new Error("the request was not decided");
  const { located, authentication, policy } = context;
  const params = readParams(policy.snapshot, located.route, located.path);
  const principal = authentication?.kind === "principal" ? authentication.principal : null;
  // The generated types and the snapshot come from one model; the route id ties the two together.
  return { params, principal, route } as unknown as Call<P, Id>;
}

/** Runs a handler; what it throws or rejects with goes to `next`, or is answered with 500. */
export function runHandler(
  handler: () => unknown,
  response: ServerResponse,
  next: NextFunction | undefined,
): void {
  const fail = (error: unknown) => {
    if (next !== undefined) next(error);
    else answerFailure(response, error);
  };
  try {
    Promise.resolve(handler()).catch(fail);
  } catch (error) {
    fail(error);
  }
}

export function answerFailure(response: ServerResponse, error: unknown): void {
  const context = contextOf(response.req);
  context?.onError(error);
  if (response.writableEnded) return;
  const detail = "the handler of this request failed";
  refuse(context, response, { code: "internal-error", detail, keepsDecision: true });
}
