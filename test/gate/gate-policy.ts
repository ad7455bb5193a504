import type { AttachableServer, UpgradeHandler } from "@gatewright/runtime/abi";
import type { LoosePolicy } from "../agreement/loose-policy.js";
import type { LooseGate } from "../agreement/serve-gate.js";
import { compileSnapshot } from "../agreement/compile-policy.js";
import { createTokenMaker } from "../agreement/token-maker.js";

/** A snapshot of a small policy of one issuer, with more lines of YAML. */
export function snapshotWith(more: string) {
  const text = `
gatewright: 1
roles: { clerk: { grants: [orders.read] }, chief: { grants: ["orders.*"] }, guest: {} }
resources: { orders: { actions: [read, write] } }
principal: { roles: roles }
tokens:
  test:
    issuer: https://issuer.example
    audience: test
    algorithms: [HS256]
    keys: { environment: TEST_KEY }
    clockTolerance: 0s
audit: { sink: { jsonl: a.jsonl }, secret: { environment: GW_AUDIT } }
${more}`;
  return compileSnapshot([{ path: "policies/policy.yaml", text }]);
}

export const tokens = await createTokenMaker(
  {
    issuer: "https://issuer.example",
    audience: "test",
    variable: "TEST_KEY",
    claimsFor: (roles) => ({ roles }),
  },
  "HS256",
);

type UpgradeHandlersByRoute = Readonly<Record<string, UpgradeHandler<LoosePolicy, string>>>;

/** Attaches a gate whose policy the compiler does not know. */
export function attachLoosely(
  gate: LooseGate,
  server: AttachableServer,
  handlers: UpgradeHandlersByRoute,
): void {
  (gate.attach as (server: AttachableServer, handlers: UpgradeHandlersByRoute) => void)(
    server,
    handlers,
  );
}
