import type { Explanation, PrincipalReading, Snapshot } from "@gatewright/runtime";
import { judgeCredentials } from "./judge-credentials.js";
import type { Caller } from "./read-caller.js";
import type { AskedRequest } from "./read-request.js";
import { UsageError } from "./usage-error.js";

type Runtime = typeof import("@gatewright/runtime");
type Delegation = typeof import("@gatewright/runtime/abi/delegation");

/** Who acts for the caller; null where that was not said. */
export interface SaidActor {
  readonly id: string | null;
  readonly issuer: string | null;
  readonly roles: readonly string[];
}

/** What the roles come to, and whose they are. */
export interface Decided {
  /** Undefined where only its roles are known. */
  readonly reading?: Extract<PrincipalReading, { readonly ok: true }>;
  readonly roles: readonly string[] | null;
  /** Undefined where nobody acts for the caller. */
  readonly actor?: SaidActor | undefined;
  /** Why the credentials are not accepted. */
  readonly cause?: string;
  readonly explanation: Explanation;
}

/** Decides by the roles of the caller, and of whoever acts for it. @throws UsageError for claims that are not read */
export async function decideCaller(
  runtime: Runtime,
  snapshot: Snapshot,
  {
    request,
    caller,
    loadDelegation,
  }: {
    readonly request: AskedRequest;
    readonly caller: Caller;
    readonly loadDelegation: () => Promise<Delegation>;
  },
): Promise<Decided> {
  const explainFor = (roles: readonly string[] | null, actor?: SaidActor): Decided => {
    const explanation = runtime.explain(snapshot, { ...request, roles, actorRoles: actor?.roles });
    return { roles, actor, explanation };
  };
  // Like the gate: what is wrong with credentials counts only where somebody must be authenticated.
  const refuse = (
    reason: "invalid-token" | "missing-credentials",
    cause: string,
    detail: string,
  ) => {
    const anonymous = explainFor(null);
    if (anonymous.explanation.reason !== "missing-credentials") return anonymous;
    return { ...anonymous, cause, explanation: { ...anonymous.explanation, reason, detail } };
  };
  if (caller.kind === "anonymous") return explainFor(null);
  const { principal } = snapshot.source;
  if (caller.kind === "claims" && principal.from === "application") {
    const message = "the policy takes roles from the application, not from claims";
    throw new UsageError([{ message, help: "say them with `--role`" }]);
  }
  const { route } = runtime.locate(snapshot, request.method, request.target);
  const refusal = judgeCredentials(snapshot, route, caller);
  if (refusal !== undefined) return refuse(refusal.reason, refusal.cause, refusal.detail);
  if (caller.kind === "roles") {
    const { roles, actorRoles } = caller;
    const isRead = actorRoles !== undefined && principal.actor !== null;
    return explainFor(roles, isRead ? { id: null, issuer: null, roles: actorRoles } : undefined);
  }
  const claims = withIssuer(snapshot, caller);
  const read = runtime.readPrincipal(snapshot, claims, claims.iss);
  const hasActor = principal.actor !== null && claims["act"] !== undefined;
  const reading = hasActor ? (await loadDelegation()).withActor(snapshot, claims, read) : read;
  if (reading.ok) {
    const actor = reading.principal.actor;
    return { ...explainFor([...reading.principal.roles, ...reading.unknownRoles], actor), reading };
  }
  const form = runtime.expectedForm(snapshot, reading.claim);
  return refuse(
    "invalid-token",
    `claim:${reading.claim}`,
    `the claim \`${reading.claim}\` is not ${form}`,
  );
}

/** Credentials other than JWTs are issued by their strategy, where they say nothing else. */
function withIssuer(
  { source }: Snapshot,
  { claims, strategy }: Extract<Caller, { readonly kind: "claims" }>,
): Readonly<Record<string, unknown>> & { readonly iss: string } {
  const { iss } = claims;
  if (typeof iss === "string") return { ...claims, iss };
  const given = source.authentication.strategies.find(({ name }) => name === strategy);
  const isJwt = given === undefined || given.kind === "tokens";
  return { ...claims, iss: isJwt ? "" : `urn:gatewright:strategy:${given.name}` };
}
