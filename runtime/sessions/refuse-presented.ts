import type { IncomingMessage, ServerResponse } from "node:http";
import type { PolicyTypes } from "../policy-types.js";
import type { RequestContext } from "../request-context.js";
import { refuseCookies, refuseWith } from "./answers.js";
import type { SessionCore } from "./open-core.js";
import type { Presented } from "./read-presented.js";

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly context: RequestContext;
}

/** Answers a request whose token is not looked at; nothing changes by it. */
export function refusePresented<P extends PolicyTypes>(
  core: SessionCore<P>,
  { request, response, context }: Exchange,
  presented: Exclude<Presented, { readonly kind: "token" }>,
): void {
  const reason = presented.kind === "cookies" ? "cookies" : presented.cause;
  core.tell({ event: "session.refused", severity: "warning", reason }, request);
  if (presented.kind === "cookies") {
    refuseCookies(context, response);
    return;
  }
  const detail = "the request may come from another page";
  refuseWith(context, response, { code: "forbidden", detail, cause: presented.cause });
}
