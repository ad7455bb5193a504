import { itemsOf, listOf, mapOf, textOf } from "./plain-values.js";
import type { Plain } from "./plain-values.js";
import { secondsIn } from "./plain-requirements.js";

/** A grant or a deny with conditions, as it is written. */
export interface PlainClause {
  readonly effect: "grant" | "deny";
  /** Texts like `orders.read` and `orders.*`. */
  readonly permissions: readonly string[];
  /** Conditions or names of conditions; all must hold. */
  readonly when: readonly string[];
  readonly missing: string | undefined;
}

export interface PlainDerivedRole {
  readonly from: readonly string[];
  readonly clause: PlainClause;
}

export interface PlainResource {
  /** Actions for which no single resource is loaded. */
  readonly collection: readonly string[];
  readonly tenant: string | undefined;
  readonly absent: "not-found" | "forbidden";
}

/** The claims that a principal is read from, each the name of one claim at the top. */
export interface PlainPrincipal {
  readonly id: string;
  readonly tenant: string | undefined;
  readonly scopes: {
    readonly claim: string;
    readonly isList: boolean;
    /** Whether the policy names the claim itself. */
    readonly isSaid: boolean;
  };
  /** The claim of each declared one. */
  readonly claims: ReadonlyMap<string, string>;
  /** Undefined where the policy does not say what the claim `act` means. */
  readonly actor: PlainActor | undefined;
}

/** The claims within `act`, each the name of one claim at the top of it. */
export interface PlainActor {
  /** Whether only what subject and actor both may do is allowed. */
  readonly isIntersection: boolean;
  readonly id: string;
  /** Undefined where actors have no roles. */
  readonly roles: { readonly claim: string; readonly isList: boolean } | undefined;
}

/** The sections of a policy that say more than which roles a request needs. */
export interface ConditionalParts {
  readonly derivedRoles: readonly PlainDerivedRole[];
  /** Expressions by name. */
  readonly conditions: ReadonlyMap<string, string>;
  readonly resources: ReadonlyMap<string, PlainResource>;
  readonly request: { readonly headers: readonly string[]; readonly query: readonly string[] };
  readonly principal: PlainPrincipal;
  /** Seconds by issuer. */
  readonly clockTolerance: ReadonlyMap<string, number>;
}

type Section = (name: string) => readonly (readonly [string, unknown])[];

export function readConditionalParts(section: Section): ConditionalParts {
  const request = new Map(section("request"));
  const bodies = (name: string) =>
    section(name).map(([key, value]) => [key, mapOf(value), value] as const);
  return {
    derivedRoles: bodies("derivedRoles").map(([, body]) => readDerivedRole(body)),
    conditions: new Map(
      bodies("conditions").map(([name, body, value]) => [
        name,
        textOf(value) ?? String(body.get("when")),
      ]),
    ),
    resources: new Map(bodies("resources").map(([name, body]) => [name, readResource(body)])),
    request: { headers: listOf(request.get("headers")), query: listOf(request.get("query")) },
    principal: readPrincipal(new Map(section("principal"))),
    clockTolerance: new Map(
      bodies("tokens").map(([, body]) => [
        String(body.get("issuer")),
        secondsIn(String(body.get("clockTolerance") ?? "0s")),
      ]),
    ),
  };
}

/** Of a role: what stands without conditions, and what stands under some. */
export function readReferences(body: Plain): {
  readonly grants: readonly string[];
  readonly denies: readonly string[];
  readonly clauses: readonly PlainClause[];
} {
  const read = (key: "grants" | "denies") =>
    itemsOf(body.get(key)).map((item): PlainClause => {
      const map = typeof item === "string" ? new Map([["permission", item]]) : mapOf(item);
      return {
        effect: key === "grants" ? "grant" : "deny",
        permissions: listOf(map.get("permission")),
        when: listOf(map.get("when")),
        missing: textOf(map.get("missing")),
      };
    });
  const certain = (clauses: readonly PlainClause[]) =>
    clauses.filter(({ when }) => when.length === 0).flatMap(({ permissions }) => permissions);
  const grants = read("grants");
  const denies = read("denies");
  return {
    grants: certain(grants),
    denies: certain(denies),
    clauses: [...grants, ...denies].filter(({ when }) => when.length > 0),
  };
}

function readDerivedRole(body: Plain): PlainDerivedRole {
  const permissions = listOf(body.get("grants"));
  const when = listOf(body.get("when"));
  return {
    from: listOf(body.get("from")),
    clause: { effect: "grant", permissions, when, missing: undefined },
  };
}

function readResource(body: Plain): PlainResource {
  return {
    collection: listOf(body.get("collection")),
    tenant: textOf(body.get("tenant")),
    absent: body.get("absent") === "forbidden" ? "forbidden" : "not-found",
  };
}

function readPrincipal(body: Plain): PlainPrincipal {
  const scopes = body.get("scopes");
  const format = mapOf(scopes).get("format");
  const claims = [...mapOf(body.get("claims"))].map(([name, claim]) => {
    return [name, textOf(mapOf(claim).get("claim")) ?? name] as const;
  });
  return {
    id: textOf(body.get("id")) ?? "sub",
    tenant: textOf(body.get("tenant")),
    scopes: {
      claim: textOf(scopes) ?? textOf(mapOf(scopes).get("claim")) ?? "scope",
      isList: format === "list",
      isSaid: scopes !== undefined,
    },
    claims: new Map(claims),
    actor: body.has("actor") ? readActor(mapOf(body.get("actor")), body.get("roles")) : undefined,
  };
}

/** What is not said of an actor is as it is of its subject. */
function readActor(body: Plain, ownRoles: unknown): PlainActor {
  const roles = body.get("roles") ?? ownRoles;
  const claim = textOf(roles) ?? textOf(mapOf(roles).get("claim"));
  return {
    isIntersection: body.get("permissions") !== "subject",
    id: textOf(body.get("id")) ?? "sub",
    roles:
      claim === undefined
        ? undefined
        : { claim, isList: mapOf(roles).get("format") !== "space-separated" },
  };
}
