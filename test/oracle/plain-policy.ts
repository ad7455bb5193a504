import { parse } from "yaml";
import { readConditionalParts, readReferences } from "./plain-conditions.js";
import type { ConditionalParts, PlainClause } from "./plain-conditions.js";
import { addRequirements, noRequirements } from "./plain-requirements.js";
import type { PlainRequirements } from "./plain-requirements.js";
import { listOf, mapOf } from "./plain-values.js";
import type { Plain } from "./plain-values.js";
import { decodeOnce, spellCanonically } from "./spelling.js";

// The oracle says design.md, section 4, slowly and in the order of the text. It shares no code with the
// generator or the runtime, so that a mistake would have to be made twice to stay unseen.

/** A policy as it is written, its files merged; nothing is resolved, closed or checked. */
export interface PlainPolicy {
  readonly roles: ReadonlyMap<string, PlainRole>;
  /** Every `resource.action` that is declared. */
  readonly permissions: readonly string[];
  readonly routes: readonly PlainRoute[];
  readonly router: PlainRouter;
  /** `problems.disclose` */
  readonly disclose: boolean;
  readonly conditional: ConditionalParts;
}

export interface PlainRole {
  readonly inherits: readonly string[];
  /** Without conditions, like `denies`. */
  readonly grants: readonly string[];
  readonly denies: readonly string[];
  readonly clauses: readonly PlainClause[];
}

export interface PlainRoute {
  readonly method: string;
  /** `literal` in its one spelling, `:param`, `*` or `**`; the root has none. */
  readonly segments: readonly string[];
  readonly access: "public" | "authenticated" | "permissions";
  readonly permissions: readonly string[];
  readonly params: ReadonlyMap<string, PlainParam>;
  readonly requirements: PlainRequirements;
}

export interface PlainParam {
  readonly type: "string" | "int" | "uuid";
  readonly encodedSlash: boolean;
}

export interface PlainRouter {
  readonly caseSensitive: boolean;
  readonly strict: boolean;
  readonly semicolons: "refuse" | "allow";
  readonly maxPathLength: number;
}

/** Reads policy files that are known to be free of mistakes. */
export function readPlainPolicy(texts: readonly string[]): PlainPolicy {
  const files = texts.map((text) => mapOf(parse(text)));
  const section = (name: string) => files.flatMap((file) => [...mapOf(file.get(name))]);
  const router = new Map(section("router"));
  return {
    roles: new Map(section("roles").map(([name, body]) => [name, readRole(mapOf(body))])),
    permissions: section("resources").flatMap(([resource, body]) =>
      listOf(mapOf(body).get("actions")).map((action) => `${resource}.${action}`),
    ),
    routes: files.flatMap((file) =>
      readRoutes(mapOf(file.get("routes")), "", {
        params: new Map(),
        requirements: noRequirements,
      }),
    ),
    router: {
      caseSensitive: router.get("caseSensitive") === true,
      strict: router.get("strict") === true,
      semicolons: router.get("semicolons") === "allow" ? "allow" : "refuse",
      maxPathLength: Number(router.get("maxPathLength") ?? 2048),
    },
    disclose: new Map(section("problems")).get("disclose") === true,
    conditional: readConditionalParts(section),
  };
}

function readRole(body: Plain): PlainRole {
  return {
    inherits: listOf(body.get("inherits")),
    ...readReferences(body),
  };
}

function readRoutes(
  group: Plain,
  prefix: string,
  above: Pick<PlainRoute, "params" | "requirements">,
): readonly PlainRoute[] {
  const own = [...mapOf(group.get("params"))].map(([name, body]) => {
    return [name, readParam(mapOf(body))] as const;
  });
  const params = new Map([...above.params, ...own]);
  const requirements = addRequirements(above.requirements, group);
  return [...group].flatMap(([key, value]) => {
    if (key === "params" || key === "scopes" || key === "stepUp") return [];
    if (key.startsWith("/"))
      return readRoutes(mapOf(value), prefix + key, { params, requirements });
    const rule = readRule(value);
    return [
      {
        method: key,
        segments: readPattern(prefix),
        params,
        requirements: addRequirements(requirements, mapOf(value)),
        ...rule,
      },
    ];
  });
}

function readPattern(pattern: string): readonly string[] {
  if (pattern === "/") return [];
  return pattern
    .slice(1)
    .split("/")
    .map((part) => (isLiteral(part) ? spellCanonically(decodeOnce(part) ?? "") : part));
}

export function isLiteral(part: string): boolean {
  return part !== "*" && part !== "**" && !part.startsWith(":");
}

function readParam(body: Plain): PlainParam {
  const type = body.get("type");
  return {
    type: type === "int" || type === "uuid" ? type : "string",
    encodedSlash: body.get("encodedSlash") === true,
  };
}

function readRule(value: unknown): Pick<PlainRoute, "access" | "permissions"> {
  if (value === "public" || value === "authenticated") return { access: value, permissions: [] };
  if (typeof value === "string" || Array.isArray(value)) {
    return { access: "permissions", permissions: listOf(value) };
  }
  const body = mapOf(value);
  return readRule(body.get("access") ?? body.get("permissions"));
}
