import type { RequestRecord } from "@gatewright/runtime";
import { expect } from "vitest";
import { snapshot } from "../../generated/index.js";
import type { Role } from "../../generated/index.js";
import { CLIENT } from "./open-desk.js";

const NANOSECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/;

/** Every member of a record: what a case does not say is as in a refusal on sight. */
export function recordLike(
  members: Partial<RequestRecord> & { readonly params?: object | undefined },
): RequestRecord {
  const route = snapshot.routes.find(({ id }) => id === members.route);
  const names = (route?.permissions ?? []).map((number) => snapshot.permissions[number]?.name);
  const [first] = names;
  const inLog = {
    action: first === undefined ? null : names.join(" "),
    category: route?.auditCategory ?? "access",
    clock: { source: "system" },
    epoch: 1,
    observedTime: expect.stringMatching(NANOSECONDS),
    ...(route?.auditParams && { params: expect.any(Object) }),
    resource: first === undefined ? null : { type: first.split(".")[0] },
    sequence: expect.any(Number),
  };
  return {
    ...inLog,
    type: "request",
    id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
    time: expect.stringMatching(NANOSECONDS),
    durationMs: expect.any(Number),
    method: "GET",
    route: null,
    path: null,
    rule: null,
    decision: "deny",
    reason: "undecided",
    status: 0,
    outcome: "finished",
    principal: null,
    client: "127.0.0.1",
    snapshot: snapshot.digest,
    ...(members.principal ? { credential: testCredential } : {}),
    ...members,
  };
}

/** Of a token that `openDesk` signs. */
export const testCredential = {
  strategy: "jwt",
  issuer: "https://id.order-desk.example",
  keyId: expect.stringMatching(/^test-[0-9A-F]{12}$/),
  tokenId: expect.stringMatching(/^[0-9a-f-]{36}$/),
  clientId: CLIENT,
};

/** Its principal. */
export function principalWith(...roles: readonly Role[]) {
  const issuer = "https://id.order-desk.example";
  return {
    id: roles.join("-") || "nobody",
    issuer,
    roles: roles.toSorted(),
    tenant: "main-street",
  };
}
