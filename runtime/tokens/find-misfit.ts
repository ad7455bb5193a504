import type { SerializedIssuer } from "../snapshot-format.js";
import type { JsonObject } from "./read-object.js";

/** A second in the year 2242; a time in milliseconds lies beyond it. */
const LAST_SECOND = 2 ** 33;

/** In characters: a caller, a token and a client stand in records by their names. */
const MAX_NAME_LENGTH = 1024;

/**
 * Why claims are not acceptable at a time in milliseconds since the epoch, as a closed word for the record:
 * RFC 7519, section 4.1, RFC 9068, section 4, and what the policy says of the issuer. Whoever asks has
 * verified the signature.
 */
export function findMisfit(
  claims: JsonObject,
  issuer: SerializedIssuer,
  now: number,
): string | undefined {
  const { audience, names, clockToleranceSeconds, maxLifetimeSeconds } = issuer;
  if (claims["iss"] !== issuer.issuer) return "issuer";
  const misfit =
    issuer.requiredClaims.find((name) => !Object.hasOwn(claims, name)) ??
    issuer.claimValues?.find(({ name, value }) => claims[name] !== value)?.name ??
    issuer.refusedClaims.find((name) => Object.hasOwn(claims, name)) ??
    ["sub", names.id, names.client].find((name) => !isName(claims[name])) ??
    [names.audience].find((name) => !fitsAudience(claims[name], audience));
  if (misfit !== undefined) return `claim:${misfit}`;
  const seconds = now / 1000;
  for (const name of ["exp", "nbf", "iat"]) {
    const value = claims[name];
    const latest = name === "exp" ? LAST_SECOND : seconds + clockToleranceSeconds;
    if (value !== undefined && !isSecond(value, latest)) return `claim:${name}`;
  }
  const end = Number(claims["exp"]);
  if (end + clockToleranceSeconds <= seconds) return "expired";
  const lifetime = end - Number(claims["iat"] ?? seconds);
  return maxLifetimeSeconds !== null && lifetime > maxLifetimeSeconds ? "lifetime" : undefined;
}

/** Fractions would be legal (RFC 7519, section 2); no issuer in earnest writes them. */
function isSecond(value: unknown, latest: number): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= latest;
}

/** One name or a list of names (RFC 7519, section 4.1.3), compared as they are written. */
function fitsAudience(aud: unknown, audience: readonly string[]): boolean {
  const named: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  const isAccepted = audience.some((own) => named.includes(own));
  return isAccepted && named.every((name) => typeof name === "string");
}

/** What a record may say of a claim of a token that is refused. */
export function nameOf(value: unknown): unknown {
  return isName(value) ? value : undefined;
}

/** A text, or none at all. */
function isName(value: unknown = "none"): boolean {
  return typeof value === "string" && value !== "" && value.length <= MAX_NAME_LENGTH;
}
