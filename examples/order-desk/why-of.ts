import { explain } from "@gatewright/runtime";
import type { Explanation, RequestRecord, Snapshot } from "@gatewright/runtime";
import type { DemoRequest } from "./demo-requests.js";

/** Why a request was answered as it was, in one line: what `explain` says of the policy in force. */
export function whyOf(snapshot: Snapshot, request: DemoRequest, record: RequestRecord): string {
  if (record.reason === "invalid-token") return `the token is not accepted: ${record.cause}`;
  if (record.reason === "insufficient-user-authentication") return neededSignIn(snapshot, record);
  const roles = request.caller === null ? null : request.caller.roles;
  const explanation = explain(snapshot, { ...request, roles });
  const { detail, permissions, allowedMethods, reason } = explanation;
  if (record.reason === "forbidden" && record.cause !== undefined) {
    return ofCause(snapshot, explanation, { cause: record.cause, roles: roles ?? [] });
  }
  if (reason === "granted" || reason === "conditional") {
    const names = permissions.map(({ name }) => name).join(" and ");
    const held = `${permissions[0]?.grantedBy.join(", ")} has ${names}`;
    return reason === "granted" ? held : `${held}; conditions agree`;
  }
  if (reason === "forbidden") {
    const denied = permissions.find(({ deniedBy }) => deniedBy.length > 0);
    if (denied !== undefined) return `${denied.deniedBy.join(", ")} is denied ${denied.name}`;
    const missing = permissions.find(({ grantedBy }) => grantedBy.length === 0);
    return `${roles?.join(", ")} lacks ${missing?.name}`;
  }
  return reason === "method-not-allowed" ? `allowed: ${allowedMethods.join(", ")}` : detail;
}

function neededSignIn({ source }: Snapshot, { route }: RequestRecord): string {
  const needed = source.requirements.find((each) => source.routes[each.route]?.id === route);
  return `needs a sign-in by ${needed?.acr.join(" or ")}, ${needed?.maxAgeSeconds} s old at most`;
}

interface Refusal {
  /** The cause in the record of a caller whose roles pass. */
  readonly cause: string;
  readonly roles: readonly string[];
}

function ofCause(
  { source }: Snapshot,
  { permissions }: Explanation,
  { cause, roles }: Refusal,
): string {
  if (cause === "tenant") return "the order belongs to another desk";
  if (cause === "absent") return "there is no such order";
  const effect = cause === "denied" ? "deny" : "grant";
  const clauses = source.clauses.filter(
    (clause) =>
      clause.effect === effect &&
      clause.roles.some((role) => roles.includes(source.roles[role] ?? "")),
  );
  for (const { name } of permissions) {
    const ifs = clauses
      .filter((clause) =>
        clause.permissions.some((each) => source.permissions[each]?.name === name),
      )
      .map(({ conditions }) =>
        conditions
          .map((index) => source.conditions[index])
          .map((condition) => condition?.name ?? condition?.text)
          .join(" and "),
      );
    if (ifs.length === 0) continue;
    const held = effect === "deny" ? `is denied ${name} if` : `has ${name} only if`;
    return `${roles.join(", ")} ${held} ${ifs.join(" or ")}`;
  }
  return "a condition refuses it";
}
