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
