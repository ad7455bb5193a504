import { readFileSync } from "node:fs";

// What a document says, read in the plainest way: nothing here is shared with the importer.

export interface Document {
  readonly openapi: string;
  readonly servers?: Servers;
  readonly security?: Security;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Body>>>>;
}

type Servers = readonly {
  readonly url: string;
  readonly variables?: Readonly<Record<string, { readonly default: string }>>;
}[];

type Security = readonly Readonly<Record<string, readonly string[]>>[];

interface Body {
  readonly tags?: readonly string[];
  readonly security?: Security;
  readonly servers?: Servers;
}

export interface ExpectedOperation {
  readonly method: string;
  readonly path: string;
  /** The path of its first server, which the operation may name itself. */
  readonly base: string;
  /** Undefined in a document that says nothing on security anywhere. */
  readonly security: Security | undefined;
  readonly tag: string;
}

const methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

export function readJson(module: string): Document {
  const file = new URL(`../../node_modules/${module}`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8"));
}

export function expectedOperations(document: Document): readonly ExpectedOperation[] {
  const listed = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([key]) => methods.includes(key))
      .map(([key, { security, tags = [], servers = item["servers"] ?? document.servers }]) => ({
        method: key.toUpperCase(),
        path,
        base: pathOf(servers as Servers | undefined),
        security: security ?? document.security,
        tag: tags[0] ?? "",
      })),
  );
  const isSpokenOf = listed.some(({ security }) => security !== undefined);
  return listed.map((operation) => ({
    ...operation,
    security: isSpokenOf ? (operation.security ?? []) : undefined,
  }));
}

/** The path of the first server, its variables filled in. */
function pathOf(servers: Servers = []): string {
  const { url = "/", variables = {} } = servers[0] ?? {};
  const filled = url.replace(/\{([^}]+)\}/g, (_, name) => variables[name]?.default ?? "");
  return new URL(filled, "http://localhost").pathname.replace(/\/$/, "");
}

/** Every name that decides something: a scope, a scheme beside scopes, or a tag's `read` and `write`. */
export function expectedRoles(operations: readonly ExpectedOperation[]): readonly string[] {
  const names = operations.flatMap(({ security, tag, method }) => {
    if (security === undefined) return [`${tag}:${isRead(method) ? "read" : "write"}`];
    if (isPublic(security) || isForAnybody(security)) return [];
    return security.flatMap(rolesOf);
  });
  return [...new Set(names)].toSorted();
}

/** 200, 401 or 403 for a caller with these roles; null is one without a token. */
export function expectedStatus(
  { security, tag, method }: ExpectedOperation,
  held: readonly string[] | null,
): 200 | 401 | 403 {
  if (security !== undefined && isPublic(security)) return 200;
  if (held === null) return 401;
  if (security === undefined) {
    const enough = isRead(method) ? [`${tag}:read`, `${tag}:write`] : [`${tag}:write`];
    return enough.some((role) => held.includes(role)) ? 200 : 403;
  }
  if (isForAnybody(security)) return 200;
  const isMet = security.some((one) => rolesOf(one).every((role) => held.includes(role)));
  return isMet ? 200 : 403;
}

/** A request of the operation. */
export function requestFor({ path, base }: ExpectedOperation): string {
  return base + path.replace(/\{[^}]+\}/g, "some-id");
}

/** The path of the operation in the words of a policy, without the names of parameters. */
export function namelessPattern({ path, base }: ExpectedOperation): string {
  return (base + path.replace(/\{[^}]+\}/g, ":")).replace(/(?<=.)\/$/, "");
}

function isPublic(security: Security): boolean {
  return security.length === 0 || security.some((one) => Object.keys(one).length === 0);
}

function isForAnybody(security: Security): boolean {
  return security.every((one) => Object.values(one).flat().length === 0);
}

/** Its scopes; a requirement without any is met by callers who come by its schemes. */
function rolesOf(requirement: Security[number]): readonly string[] {
  const scopes = Object.values(requirement).flat();
  return scopes.length > 0 ? scopes : Object.keys(requirement).map((name) => `scheme:${name}`);
}

function isRead(method: string): boolean {
  return method === "GET" || method === "HEAD";
}
