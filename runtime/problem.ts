import type { ServerResponse } from "node:http";
import { problemStatus } from "./gate-error.js";
import type { ProblemCode, SessionProblemCode } from "./gate-error.js";
import type { RequestContext } from "./request-context.js";

export type Problem = ProblemFacts &
  (
    | { readonly code: ProblemCode; readonly status?: undefined }
    | { readonly code: SessionProblemCode; readonly status: number }
  );

interface ProblemFacts {
  /** A fixed sentence; never made of the request. */
  readonly detail: string;
  readonly allowedMethods?: readonly string[] | undefined;
  /** More parameters for the challenge, each after a comma. */
  readonly challenge?: string;
  /** For the audit record; see `Decision`. */
  readonly cause?: string | undefined;
  /** Set where the answer comes after a decision and does not undo it. */
  readonly keepsDecision?: true;
}

/**
 * Answers with RFC 9457 `application/problem+json` and notes the refusal for the record. Without a
 * context (a guard that ran alone) the problem has the default type and no record.
 */
export function refuse(
  context: RequestContext | undefined,
  response: ServerResponse,
  problem: Problem,
): undefined {
  const { code, cause } = problem;
  if (context && !problem.keepsDecision) {
    context.decision = { outcome: "deny", reason: code, cause };
    context.isGuarded = true;
  }
  if (response.headersSent) {
    response.destroy();
    return undefined;
  }
  const settings = context?.policy.snapshot.source.problems;
  // Any other code says its status.
  const status = problem.status ?? problemStatus[code as ProblemCode];
  const body = JSON.stringify({
    type: (settings?.base ?? "urn:gatewright:problem:") + code,
    title: settings?.titles.find((title) => title.code === code)?.title ?? titleOf(code),
    status,
    detail: problem.detail,
    instance: `urn:uuid:${context?.id ?? crypto.randomUUID()}`,
  });
  response.statusCode = status;
  response.setHeader("Content-Type", "application/problem+json");
  response.setHeader("Content-Length", Buffer.byteLength(body));
  response.setHeader("Cache-Control", "no-store");
  if (status === 401 || code === "invalid-request" || problem.challenge) {
    // RFC 6750, section 3: no error code where the request carried no credentials.
    const error =
      code === "missing-credentials"
        ? ""
        : `, error="${code.replaceAll("-", "_")}"${problem.challenge ?? ""}`;
    response.setHeader("WWW-Authenticate", `Bearer realm="gatewright"${error}`);
  }
  if (status === 503) response.setHeader("Retry-After", "5");
  if (code === "method-not-allowed") {
    response.setHeader("Allow", (problem.allowedMethods ?? []).join(", "));
  }
  context?.policy.cors?.decorate(context, response);
  response.end(body);
  return undefined;
}

/** The code as a phrase: RFC 9457, section 3.1.3, wants one title for one type. */
function titleOf(code: string): string {
  return code.replaceAll("-", " ").replace(/^./, (first) => first.toUpperCase());
}
