import { GateError } from "../gate-error.js";
import type { PolicyContext } from "../load-policy.js";
import { routeOf } from "../snapshot.js";
import type { Snapshot } from "../snapshot.js";
import type { SerializedStrategy } from "./serialized-strategy.js";
import { refuse } from "../tokens/verification.js";
import type { Authenticator } from "../tokens/verification.js";
import { acceptClaims } from "./accept-claims.js";
import { patiently } from "./patiently.js";

/** Asks the application's own reader. */
export function applicationStrategy(
  { name }: SerializedStrategy,
  snapshot: Snapshot,
  { authenticators = {}, onError }: PolicyContext,
): Authenticator {
  const read = Object.hasOwn(authenticators, name) ? authenticators[name] : undefined;
  if (typeof read !== "function") {
    const message = `strategy \`${name}\` is the application's: pass it in \`authenticators\``;
    throw new GateError("configuration-invalid", message);
  }
  return async (request, route, now) => {
    try {
      const id = route === -1 ? null : routeOf(snapshot, route).id;
      const reading: unknown = await patiently((signal) =>
        read(request, { route: id, now, signal }),
      );
      if (reading === null) return undefined;
      if (reading === "refused") return refuse("application");
      const { claims, expiresAt } = Object(reading);
      if (!isRecord(claims) || typeof expiresAt !== "number" || Number.isNaN(expiresAt)) {
        throw new Error(
          `strategy \`${name}\` answered neither claims with \`expiresAt\`, "refused" nor null`,
        );
      }
      const found = acceptClaims(name, claims, expiresAt);
      return now >= expiresAt ? refuse("expired", found.credential) : found;
    } catch (error) {
      onError(error);
      throw new GateError("unavailable", "authenticator");
    }
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
