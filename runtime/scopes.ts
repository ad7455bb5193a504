import type { ApplicationFeature } from "./gate-features.js";
import { at, readPrincipal } from "./principal.js";
import type { PrincipalReader, PrincipalReading } from "./principal.js";
import type { Snapshot } from "./snapshot.js";
import type { SerializedListClaim } from "./snapshot-format.js";

type Claims = Readonly<Record<string, unknown>>;

/**
 * Reads principals with the scopes of their token, wherever the rest comes from. Parts of a gate, so that one
 * without them is refused where a policy speaks of scopes.
 */
export function scoped(application?: ApplicationFeature): {
  readonly application: ApplicationFeature;
  readonly scopes: true;
} {
  return {
    scopes: true,
    application(snapshot, context) {
      const read: PrincipalReader =
        application?.(snapshot, context) ??
        ((claims) => readPrincipal(snapshot, claims, String(claims["iss"])));
      const readScoped: PrincipalReader = (claims) => {
        const reading = read(claims);
        return reading instanceof Promise
          ? reading.then((found) => withScopes(snapshot, claims, found))
          : withScopes(snapshot, claims, reading);
      };
      return Object.assign(readScoped, read.forget && { forget: read.forget });
    },
  };
}

/** A principal with the scopes of its token, where the policy speaks of scopes. */
export function withScopes(
  { source }: Snapshot,
  claims: Claims,
  reading: PrincipalReading,
): PrincipalReading {
  const { scopes: claim } = source.principal;
  if (!reading.ok || claim === null) return reading;
  const scopes = Object.freeze(scopesIn(claims, claim));
  return { ...reading, principal: Object.freeze({ ...reading.principal, scopes }) };
}

/** The scopes of a token; none where the claim has another form than the policy says. */
export function scopesIn(claims: Claims, { path, format }: SerializedListClaim): readonly string[] {
  const value = at(claims, path);
  if (format === "space-separated") {
    return typeof value === "string" ? value.split(" ").filter(Boolean) : [];
  }
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
