import { randomBytes } from "node:crypto";
import { compileSnapshot } from "../../test/agreement/compile-policy.js";
import { createPolicyIssuer } from "../../runtime/issuer/create-policy-issuer.js";
import { signToken } from "../../runtime/issuer/sign-token.js";
import { createRingKey } from "../../runtime/ring/create-ring-key.js";
import { addKey } from "../../runtime/ring/lifecycle.js";
import { openKeyRing } from "../../runtime/ring/open-ring.js";
import { ringDefaults } from "../../runtime/ring/ring-document.js";
import type { Mint } from "./rotations.js";

const ISSUER = "https://desk.example.com";

const policy = `
gatewright: 1
resources: { orders: { actions: [read] } }
roles: { clerk: { grants: [orders.read] } }
routes: { /orders: { GET: orders.read } }
principal: { roles: roles }
tokens:
  desk:
    issuer: ${ISSUER}
    audience: orders
    algorithms: [Ed25519]
    keys: { ring: { from: application } }
    maxLifetime: 15m
`;

/** Access tokens as the policy's issuer signs them, and as somebody signs them who checks nothing; by the same key. */
export function createMints(): { readonly issue: Mint; readonly sign: Mint } {
  const seconds = Math.floor(Date.now() / 1000);
  const document = addKey(
    { ...ringDefaults, entries: [] },
    createRingKey("Ed25519"),
    seconds - 86_400,
  );
  const ring = openKeyRing({ text: JSON.stringify(document) });
  const snapshot = compileSnapshot([{ path: "policies/bench.yaml", text: policy }]);
  const issuer = createPolicyIssuer(snapshot, { ring });
  return {
    async issue(id, sessionId) {
      const { token } = await issuer.issue({ id, sessionId, clientId: "bench", roles: ["clerk"] });
      return token;
    },
    sign(sub, sid) {
      const iat = Math.floor(Date.now() / 1000);
      const jti = randomBytes(16).toString("base64url");
      const times = { iat, exp: iat + 900 };
      const whose = { iss: ISSUER, aud: "orders", sub, sid, jti, client_id: "bench" };
      const claims = { ...whose, ...times, roles: ["clerk"] };
      return signToken(ring, { algorithm: "Ed25519", type: "at+jwt", jti, sub, claims });
    },
  };
}
