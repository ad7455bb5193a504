import { randomBytes, randomUUID } from "node:crypto";
import { addKey, createRingKey, openKeyRing, ringDefaults } from "@gatewright/runtime/issuer";
import type { KeyRing } from "@gatewright/runtime/issuer";
import { SignJWT, exportJWK, generateKeyPair } from "jose";
import type { Role } from "../../generated/index.js";

export interface DemoCaller {
  readonly name: string;
  readonly roles: readonly Role[];
  /** `main-street` by default. */
  readonly desk?: string;
  /** Seconds since a sign-in with two factors; left out, the token tells of no such sign-in. */
  readonly signedInAgo?: number;
  /** Seconds from now until the token expires; an hour by default. */
  readonly lifetime?: number;
}

/** Stands in for an identity provider, and for what the service keeps secret: all lives as long as the process. */
export interface DemoKeys {
  /** What the policy looks for in the environment: the provider's public key and the secret of sessions. */
  readonly environment: Readonly<Record<"ORDER_DESK_JWKS" | "ORDER_DESK_SESSIONS", string>>;
  /** Signs what the service issues to its own pages. */
  readonly ring: KeyRing;
  /** An access token (RFC 9068) as `policies/access.yaml` accepts it. */
  sign(caller: DemoCaller): Promise<string>;
}

export async function createDemoKeys(): Promise<DemoKeys> {
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  const jwk = { ...(await exportJWK(publicKey)), kid: "demo", alg: "ES256", use: "sig" };
  return {
    environment: {
      ORDER_DESK_JWKS: JSON.stringify({ keys: [jwk] }),
      ORDER_DESK_SESSIONS: randomBytes(32).toString("base64url"),
    },
    ring: createDemoRing(),
    sign({ name, roles, desk = "main-street", signedInAgo, lifetime = 3600 }) {
      const now = Math.floor(Date.now() / 1000);
      const signIn =
        signedInAgo === undefined
          ? {}
          : { acr: "urn:order-desk:mfa", auth_time: now - signedInAgo };
      return new SignJWT({
        realm_access: { roles },
        tenant: desk,
        email: `${name}@order-desk.example`,
        client_id: "order-desk-pages",
        ...signIn,
      })
        .setProtectedHeader({ alg: "ES256", kid: "demo", typ: "at+jwt" })
        .setIssuer("https://id.order-desk.example")
        .setAudience("order-desk")
        .setSubject(name)
        .setJti(randomUUID())
        .setIssuedAt(now + Math.min(lifetime, 0))
        .setExpirationTime(now + lifetime)
        .sign(privateKey);
    },
  };
}

function createDemoRing(): KeyRing {
  const now = Math.floor(Date.now() / 1000);
  const document = addKey(ringDefaults, createRingKey("ES256"), now);
  return openKeyRing({ text: JSON.stringify(document) });
}
