import { GateError } from "./gate-error.js";
import type { ApplicationFeature } from "./gate-features.js";
import { cachePrincipals } from "./principal-cache.js";
import { at, readIdentified } from "./principal.js";
import type { PrincipalReader } from "./principal.js";

/** `principal: { from: application }`: asks the application's `principalSource` who a token stands for. */
export const application: ApplicationFeature = (snapshot, context) => {
  if (snapshot.source.principal.from === "claims") return undefined;
  const { principalSource, onError, now, revocations } = context;
  if (principalSource === undefined) {
    const message = "the policy takes the principal from the application: pass `principalSource`";
    throw new GateError("configuration-invalid", message);
  }
  const { id: path, cache } = snapshot.source.principal;
  const ask: PrincipalReader = async (claims) => {
    const issuer = String(claims["iss"]);
    const id = at(claims, path);
    const subject = typeof id === "string" ? id : undefined;
    try {
      const supplied = await principalSource({ issuer, subject, claims });
      // Untyped code may answer undefined for somebody that it does not know.
      if (supplied) return readIdentified(snapshot, supplied, { issuer, id: supplied.id ?? id });
    } catch (error) {
      onError(error);
      throw new GateError("unavailable", "principal-source");
    }
    throw new GateError("invalid-token", "unknown-principal");
  };
  if (cache === null) return ask;
  const cached = cachePrincipals(cache, ask, now);
  revocations?.view.watch(context, (isRevoked) =>
    cached.forget?.(({ issuer, id: subject, tenant }) => isRevoked({ issuer, subject, tenant })),
  );
  return cached;
};
