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
    const readActor: PrincipalReader = supplied ?? ((act) => readActorOf(snapshot, actor, act));
    const readBoth = async (claims: Claims): Promise<PrincipalReading> => {
      const reading = await read(claims);
      const act = actIn(claims);
      if (!reading.ok || act === undefined) return reading;
      return act === null ? misfit : joined(actor, reading, await readActor(act));
    };
    return Object.assign(readBoth, supplied?.forget && { forget: supplied.forget });
  };
}

/** A principal with whoever acts for it, where the policy reads principals and actors from claims. */
export function withActor(
  snapshot: Snapshot,
  claims: Claims,
  reading: PrincipalReading,
): PrincipalReading {
  const { actor } = snapshot.source.principal;
  const act = actIn(claims);
  if (!reading.ok || actor === null || act === undefined) return reading;
  return act === null ? misfit : joined(actor, reading, readActorOf(snapshot, actor, act));
}

const misfit: PrincipalReading = { ok: false, claim: "act" };

/** What a token says of its actor, whose issuer is the token's own by default; null where that is no object. */
function actIn({ act, iss }: Claims): Claims | null | undefined {
  if (act === undefined) return undefined;
  if (typeof act !== "object" || act === null || Array.isArray(act)) return null;
  return { iss, ...act };
}

type Found = Extract<PrincipalReading, { readonly ok: true }>;

function joined(actor: SerializedActor, reading: Found, found: PrincipalReading): PrincipalReading {
  if (!found.ok) return { ok: false, claim: `act.${found.claim}` };
  const { id, issuer, roles } = found.principal;
  const principal = Object.freeze({
    ...reading.principal,
    actor: Object.freeze({ id, issuer, roles }),
  });
  const isBound = actor.permissions === "intersection";
  return { ...reading, principal, ...(isBound ? { actorMask: found.mask } : {}) };
}

/** The same claims as of a subject, each within `act`; an actor has neither tenant nor further claims. */
function readActorOf(
  snapshot: Snapshot,
  { id, roles }: SerializedActor,
  act: Claims,
): PrincipalReading {
  const { source } = snapshot;
  const principal = { ...source.principal, id, roles, tenant: null, claims: [] };
  const within: Snapshot = { ...snapshot, source: { ...source, principal } };
  return readPrincipal(within, act, String(act["iss"]));
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
