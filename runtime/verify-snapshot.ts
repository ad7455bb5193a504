import { partsUsed } from "./credentials.js";
import { GateError } from "./gate-error.js";
import type { SerializedShape } from "./serialized-responses.js";
import type { PartName, SerializedSnapshot } from "./snapshot-format.js";
import { fits, snapshotShape } from "./snapshot-shape.js";
import { loadSnapshot } from "./snapshot.js";
import { isTrieSound } from "./sound-trie.js";
import { decodeWords } from "./trie.js";

/**
 * Checks a snapshot that comes from elsewhere, as from a file or the network, before it is given to
 * `gate.swap`: that every part is there with its type, and every number of a route is one of its table.
 * The gate itself relies on the digest for that; who can forge a digest can write any policy.
 *
 * @throws GateError `snapshot-invalid`
 * @example
 * gate.swap(verifySnapshot(JSON.parse(await readFile("policy.json", "utf8"))));
 */
export function verifySnapshot(value: unknown): SerializedSnapshot {
  if (isSnapshot(value)) {
    const { trie, allow, deny, maskWords } = loadSnapshot(value);
    const masks = value.permissions.length * maskWords;
    const certain = value.certain === "" ? masks : decodeWords(value.certain).length;
    const isSound = isTrieSound(trie, value.methods.length, value.routes.length);
    if (isSound && [allow.length, deny.length, certain].every((length) => length === masks)) {
      return value;
    }
  }
  const reason = "a part is missing, has the wrong type, or points outside another";
  throw new GateError("snapshot-invalid", `the snapshot is refused: ${reason}`);
}

function isSnapshot(value: unknown): value is SerializedSnapshot {
  return fits(value, snapshotShape) && isConsistent(value as SerializedSnapshot);
}

/** What is not asked for is not decided, so a snapshot must ask for all that it uses. */
function asksForParts(source: SerializedSnapshot): boolean {
  const { needs, audit, cors, issuers, principal, clauses, requirements, resources } = source;
  const { router, routes } = source;
  const used: Readonly<Record<PartName, boolean>> = {
    auditLog: audit.log !== undefined,
    application: principal.from === "application",
    cors: cors.rules.length > 0,
    credentials: Object.values(partsUsed).some((isUsed) => isUsed(source)),
    forwarded: Object(router.trustedProxies).length !== 0 && router.trustedProxies !== 0,
    jwks: issuers.some(({ keys }) => keys.kind === "url"),
    keys: issuers.some(({ keys }) => keys.kind !== "url"),
    responses: source.responses !== undefined,
    rules: requirements.length + clauses.length + resources.length > 0,
    scopes: principal.scopes !== null,
    upgrades: routes.some(({ upgrade }) => upgrade !== null),
  };
  return Object.entries(used).every(
    ([name, isUsed]) => needs.some((need) => need === name) === isUsed,
  );
}

/** A token that is bound to a key is refused, or its key is asked for. */
function areBindingsAsked({ issuers, dpop }: SerializedSnapshot): boolean {
  const isAsked = (index: number) => dpop !== undefined && dpop.modes[index] !== "off";
  return (
    (dpop === undefined || dpop.modes.length === issuers.length) &&
    issuers.every(({ refusedClaims }, index) => refusedClaims.includes("cnf") || isAsked(index))
  );
}

function isBelow(indices: readonly number[], list: readonly unknown[]): boolean {
  return indices.every((number) => number < list.length);
}

function isConsistent(snapshot: SerializedSnapshot): boolean {
  const { methods, routes, cors, permissions, requirements, issuers } = snapshot;
  const { clauses, conditions, resources, roles } = snapshot;
  return (
    asksForParts(snapshot) &&
    areBindingsAsked(snapshot) &&
    methods.length <= 31 &&
    // A walk takes the last of the methods that answer, so HEAD must stand behind GET.
    methods.every((method, number) => number === 0 || method > (methods[number - 1] ?? method)) &&
    requirements.every(({ route }) => route < routes.length) &&
    issuers.every(
      ({ encryption, keys }) =>
        encryption === undefined || (encryption === "A256GCM" && keys.kind === "ring"),
    ) &&
    areStrategiesConsistent(snapshot) &&
    areSessionsConsistent(snapshot) &&
    (snapshot.auditSchema?.events ?? []).every(({ fields }) =>
      fields.every(({ mask }) => mask < (snapshot.auditSchema?.masks.length ?? 0)),
    ) &&
    routes.every(({ auditParams = [] }) =>
      auditParams.every(({ mask }) => mask < (snapshot.audit.log?.params?.masks.length ?? 0)),
    ) &&
    areResponsesConsistent(snapshot) &&
    clauses.every(
      (clause) =>
        isBelow(clause.permissions, permissions) &&
        isBelow(clause.roles, roles) &&
        isBelow(clause.conditions, conditions),
    ) &&
    conditions.every(({ resource }) => resource < resources.length) &&
    resources.every((resource) => isBelow(resource.permissions, permissions)) &&
    routes.every(
      (route) =>
        route.method < methods.length &&
        route.cors < cors.rules.length &&
        isBelow(route.permissions, permissions),
    )
  );
}

/** Schemas lead to earlier ones alone, so that no document is walked without end. */
function areResponsesConsistent({ responses, roles, routes }: SerializedSnapshot): boolean {
  if (responses === undefined) return true;
  const { schemas, masks } = responses;
  const isSound = (shape: SerializedShape, place: number): boolean => {
    if (shape.kind === "value") {
      return shape.mask < masks.length && isBelow(shape.plainFor, roles);
    }
    if (shape.kind === "schema") return shape.schema < place;
    return shape.fields.every((field) => isSound(field.shape, place));
  };
  return (
    schemas.every(({ shape }, place) => isSound(shape, place)) &&
    responses.routes.every(({ route, schema }) => route < routes.length && schema < schemas.length)
  );
}

/** Sessions that end must be able to refuse tokens, and their issuer must sign some. */
function areSessionsConsistent({ sessions, revocation, issuers }: SerializedSnapshot): boolean {
  if (sessions === undefined) return true;
  return revocation !== undefined && issuers[sessions.issuer]?.keys.kind === "ring";
}

function areStrategiesConsistent({ authentication, issuers, routes }: SerializedSnapshot): boolean {
  const { strategies, default: byDefault, routes: named } = authentication;
  return (
    strategies.every((strategy) => isBelow(strategy.issuers, issuers)) &&
    isBelow(byDefault, strategies) &&
    named.every(({ route, strategies: own }) => route < routes.length && isBelow(own, strategies))
  );
}
