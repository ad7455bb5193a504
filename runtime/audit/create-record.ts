import type { IncomingMessage, ServerResponse } from "node:http";
import type { RequestContext } from "../request-context.js";
import type { Snapshot } from "../snapshot.js";
import type { RecordedPrincipal, RequestRecord } from "./request-record.js";

const MAX_UNKNOWN_ROLES = 16;
const MAX_ROLE_LENGTH = 100;

export interface Timing {
  /** Milliseconds since the epoch. */
  readonly began: number;
  readonly durationMs: number;
}

/** The record of a request as it stands now. */
export function createRecord(
  request: IncomingMessage,
  response: ServerResponse,
  context: RequestContext,
  timing: Timing,
): RequestRecord {
  const { snapshot, proxies } = context.policy;
  const route = snapshot.source.routes[context.located?.route ?? -1];
  const { presented, decision } = context;
  const found = presented?.kind === "principal" ? presented : undefined;
  return {
    cause: decision.cause ?? presented?.cause,
    clause: context.clause,
    client: proxies.clientOf(request),
    credential: presented?.credential,
    decision: decision.outcome,
    durationMs: Math.round(timing.durationMs * 1000) / 1000,
    id: context.id,
    method: context.method,
    outcome: response.writableFinished || context.upgradeStatus ? "finished" : "aborted",
    parentSpanId: context.trace.parentSpanId ?? undefined,
    path: maskedPath(snapshot, context),
    // Claims may hold what no record is to repeat.
    principal: found ? ({ ...found.principal, claims: undefined } as RecordedPrincipal) : null,
    reason: decision.reason,
    route: route?.id ?? null,
    rule: route?.at ?? null,
    snapshot: snapshot.digest,
    spanId: context.trace.spanId,
    // A client that left before an answer saw no status.
    status: context.upgradeStatus ?? (response.headersSent ? response.statusCode : null),
    time: new Date(timing.began).toISOString(),
    traceId: context.trace.traceId,
    type: "request",
    unknownRoles: found?.unknownRoles.length
      ? found.unknownRoles.slice(0, MAX_UNKNOWN_ROLES).map((role) => role.slice(0, MAX_ROLE_LENGTH))
      : undefined,
  };
}

/** A path may carry names and secrets; the words of the policy's own patterns are neither. */
function maskedPath(snapshot: Snapshot, context: RequestContext): string | null {
  const { located } = context;
  if (located === undefined || located.refusal !== undefined) return null;
  const { router, routes } = snapshot.source;
  const folded = (text = "") => (router.caseSensitive ? text : text.toLowerCase());
  const words = routes[located.route]?.pattern.split("/");
  const masked = located.path.split("/").map((segment, index) => {
    const own = folded(segment);
    const isLiteral = words ? folded(words[index]) === own : !own || snapshot.literals.has(own);
    return isLiteral ? segment : "*";
  });
  return masked.join("/") || "/";
}
