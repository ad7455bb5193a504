import { SignJWT, exportJWK, generateKeyPair } from "jose";

/** Signs access tokens; `environment` is what a gate needs to verify them. */
export interface TokenMaker {
  readonly environment: Readonly<Record<string, string>>;
  /** The `Authorization` header of a caller; none for an anonymous one. */
  authorize(
    roles: readonly string[] | null,
    more?: Claims,
  ): Promise<Readonly<Record<string, string>>>;
}

type Claims = Readonly<Record<string, unknown>>;

export interface TokenProfile {
  readonly issuer: string;
  readonly audience: string;
  /** The variable that the policy names under `keys`. */
  readonly variable: string;
  readonly claimsFor: (roles: readonly string[]) => Claims;
  /** For a policy that bounds the life of tokens, in seconds; else they are older than any gate, and live an hour. */
  readonly lifetime?: number;
}

export async function createTokenMaker(
  profile: TokenProfile,
  algorithm: "HS256" | "ES256",
): Promise<TokenMaker> {
  const { key, published } = algorithm === "HS256" ? secret() : await keyPair();
  const signed = new Map<string, Promise<string>>();
  const now = Math.floor(Date.now() / 1000);
  const { lifetime } = profile;
  const sign = (roles: readonly string[], more: Claims) =>
    new SignJWT({
      ...profile.claimsFor(roles),
      sub: "somebody",
      client_id: "tests",
      jti: "t",
      ...more,
    })
      .setProtectedHeader({ alg: algorithm, typ: "at+jwt" })
      .setIssuer(profile.issuer)
      .setAudience(profile.audience)
      .setIssuedAt(lifetime === undefined ? 0 : now)
      .setExpirationTime(lifetime === undefined ? "1h" : now + lifetime)
      .sign(key);
  return {
    environment: { [profile.variable]: published },
    async authorize(roles, more = {}) {
      if (roles === null) return {};
      const name = JSON.stringify([roles, more]);
      const token = signed.get(name) ?? sign(roles, more);
      signed.set(name, token);
      return { Authorization: `Bearer ${await token}` };
    },
  };
}

function secret() {
  const key = crypto.getRandomValues(new Uint8Array(32));
  return { key, published: Buffer.from(key).toString("base64url") };
}

async function keyPair() {
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  return { key: privateKey, published: JSON.stringify({ keys: [await exportJWK(publicKey)] }) };
}
