import { permissionPasses } from "./decide.js";
import type { ApplicationFeature } from "./gate-features.js";
import { readPrincipal } from "./principal.js";
import type { PrincipalReader, PrincipalReading } from "./principal.js";
import type { RulePart } from "./rules.js";
import type { Snapshot } from "./snapshot.js";
import type { SerializedActor } from "./snapshot-format.js";

type Claims = Readonly<Record<string, unknown>>;

/**
 * Reads the principal of a token, and who acts for it: the claim `act` (RFC 8693, section 4.1). Of a chain
 * only the outermost actor counts; those within it are history. Where the application supplies
 * principals, it is asked about the actor as well.
 */
export function delegated(application?: ApplicationFeature): ApplicationFeature {
  return (snapshot, context) => {
    const { from, actor } = snapshot.source.principal;
    const supplied = from === "application" ? application?.(snapshot, context) : undefined;
    const read: PrincipalReader =
      supplied ?? ((claims) => readPrincipal(snapshot, claims, String(claims["iss"])));
    if (actor === null) return read;
    const readActor = supplied ?? actorReader(snapshot, actor);
    const readBoth = async (claims: Claims): Promise<PrincipalReading> => {
      const reading = await read(claims);
      const { act } = claims;
      if (!reading.ok || act === undefined) return reading;
      if (typeof act !== "object" || act === null || Array.isArray(act)) return misfit;
      const found = await readActor({ iss: claims["iss"], ...act });
      if (!found.ok) return { ok: false, claim: `act.${found.claim}` };
      const { id, issuer, roles } = found.principal;
      const principal = Object.freeze({
        ...reading.principal,
        actor: Object.freeze({ id, issuer, roles }),
      });
      const isBound = actor.permissions === "intersection";
      return { ...reading, principal, ...(isBound ? { actorMask: found.mask } : {}) };
    };
    return Object.assign(readBoth, supplied?.forget && { forget: supplied.forget });
  };
}

const misfit: PrincipalReading = { ok: false, claim: "act" };

/** The same claims as of a subject, each within `act`; an actor has neither tenant nor further claims. */
function actorReader(snapshot: Snapshot, { id, roles }: SerializedActor): PrincipalReader {
  const { source } = snapshot;
  const principal = { ...source.principal, id, roles, tenant: null, claims: [] };
  const within: Snapshot = { ...snapshot, source: { ...source, principal } };
  return (act) => readPrincipal(within, act, String(act["iss"]));
}

/** What the subject may and the actor may not do is refused, unless the policy says `permissions: subject`. */
export const delegation: RulePart = (snapshot) => ({
  check({ authentication }, _, permissions) {
    if (authentication?.kind !== "principal") return undefined;
    const { actorMask } = authentication;
    const isAllowed =
      actorMask === undefined ||
      permissions.every((permission) => permissionPasses(snapshot, permission, actorMask));
    if (isAllowed) return undefined;
    const detail = "whoever acts for the principal may not do this";
    return { code: "forbidden", detail, cause: "actor" };
  },
});
