import { explain } from "@gatewright/runtime";
import type { RequestRecord, Snapshot } from "@gatewright/runtime";
import type { DemoRequest } from "./demo-requests.js";

/** Why a request was answered as it was, in one line: what `explain` says of the policy in force. */
export function whyOf(snapshot: Snapshot, request: DemoRequest, record: RequestRecord): string {
  if (record.reason === "invalid-token") return `the token is not accepted: ${record.cause}`;
  const roles = request.caller === null ? null : request.caller.roles;
  const { detail, permissions, allowedMethods, reason } = explain(snapshot, { ...request, roles });
  if (reason === "granted") {
    const names = permissions.map(({ name }) => name);
    return `${permissions[0]?.grantedBy.join(", ")} has ${names.join(" and ")}`;
  }
  if (reason === "forbidden") {
    const denied = permissions.find(({ deniedBy }) => deniedBy.length > 0);
    if (denied !== undefined) return `${denied.deniedBy.join(", ")} is denied ${denied.name}`;
    const missing = permissions.find(({ grantedBy }) => grantedBy.length === 0);
    return `${roles?.join(", ")} lacks ${missing?.name}`;
  }
  return reason === "method-not-allowed" ? `allowed: ${allowedMethods.join(", ")}` : detail;
}
