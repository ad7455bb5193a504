import type { RequestContext } from "../../request-context.js";
import type { SerializedRoute } from "../../snapshot-format.js";

/** The category of requests whose route names none, and of those that met no route. */
export const REQUESTS = "access";
/** The category of what happens to sessions. */
export const SESSIONS = "auth";
/** The category of what happens to the policy and to the log itself. */
export const CHANGES = "config_change";

/** The route that a request met. */
export function routeIn({ policy, located }: RequestContext): SerializedRoute | undefined {
  return policy.snapshot.source.routes[located?.route ?? -1];
}

export function categoryIn(context: RequestContext): string {
  return routeIn(context)?.auditCategory ?? REQUESTS;
}

/** What was asked for, in the words of the policy: its permissions, and the resource that they are of. */
export function actionIn(context: RequestContext): {
  readonly action: string | null;
  readonly resource: { readonly type: string } | null;
} {
  const names = (routeIn(context)?.permissions ?? []).map(
    (number) => context.policy.snapshot.source.permissions[number]?.name ?? "",
  );
  const [first] = names;
  if (first === undefined) return { action: null, resource: null };
  return { action: names.join(" "), resource: { type: first.slice(0, first.indexOf(".")) } };
}

/**
 * Canonical JSON (RFC 8785) of plain data: members by code unit, no text with half of a surrogate pair. Members
 * that are undefined are left out.
 */
export function canonicalText(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.toWellFormed());
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(",")}]`;
  const members = Object.entries(value).filter(([, inner]) => inner !== undefined);
  const sorted = members.toSorted(([one], [other]) => (one < other ? -1 : 1));
  const texts = sorted.map(
    ([key, inner]) => `${JSON.stringify(key.toWellFormed())}:${canonicalText(inner)}`,
  );
  return `{${texts.join(",")}}`;
}

/** What JSON writes of half a character, and of nothing else that stands in a record but a text that says so. */
const HALF = /\\ud[89a-f]/;

/**
 * A record of a request in the same form, of which only `clock`, `credential`, `params`, `principal` and `resource` may
 * have members of their own. They are many, so what is known is not sorted anew each time.
 */
export function requestText(record: object): string {
  const {
    action,
    category,
    cause,
    clause,
    client,
    clock,
    credential,
    decision,
    durationMs,
    epoch,
    id,
    method,
    observedTime,
    outcome,
    params,
    parentSpanId,
    path,
    principal,
    reason,
    resource,
    route,
    rule,
    sequence,
    snapshot,
    spanId,
    status,
    time,
    traceId,
    type,
    unknownRoles,
    ...others
  } = record as Readonly<Record<string, unknown>>;
  const inner = [clock, credential, params, principal, resource];
  const sorted = inner.map(sortFlat);
  const isKnown =
    Object.keys(others).length === 0 &&
    inner.every((value, index) => value === undefined || sorted[index] !== undefined);
  if (!isKnown) return canonicalText(record);
  const text = JSON.stringify({
    action,
    category,
    cause,
    clause,
    client,
    clock: sorted[0],
    credential: sorted[1],
    decision,
    durationMs,
    epoch,
    id,
    method,
    observedTime,
    outcome,
    params: sorted[2],
    parentSpanId,
    path,
    principal: sorted[3],
    reason,
    resource: sorted[4],
    route,
    rule,
    sequence,
    snapshot,
    spanId,
    status,
    time,
    traceId,
    type,
    unknownRoles,
  });
  return HALF.test(text) ? canonicalText(record) : text;
}

/** An object of texts and lists of texts with its members in their order; undefined for anything else. */
function sortFlat(value: unknown): object | null | undefined {
  if (value === null) return null;
  if (typeof value !== "object" || Array.isArray(value)) return undefined;
  const members = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  const sorted: Record<string, unknown> = {};
  for (const [name, inner] of members) {
    // A number as a name would go before all others.
    if (!NAME.test(name) || !isFlat(inner)) return undefined;
    sorted[name] = inner;
  }
  return sorted;
}

const NAME = /^[a-zA-Z]+$/;

function isFlat(value: unknown): boolean {
  if (Array.isArray(value)) return value.every((item) => typeof item === "string");
  return typeof value !== "object" || value === null;
}
