import { stringify } from "yaml";
import { operationsOf } from "./openapi-document.js";
import type { OpenApiDocument, Operation } from "./openapi-document.js";

const fallThrough = "a concrete path of the document comes before a templated one";

/**
 * Writes the operations of an OpenAPI document as a policy: a role and a permission for every scope,
 * a route for every operation.
 */
export function toPolicy(document: OpenApiDocument): string {
  const operations = operationsOf(document);
  const scopes = [...new Set(operations.flatMap((operation) => operation.scopes ?? []))].toSorted();
  const resources: Record<string, { actions: string[] }> = {};
  for (const scope of scopes) {
    const [resource = "", action = ""] = permissionOf(scope).split(".");
    (resources[resource] ??= { actions: [] }).actions.push(action);
  }
  const routes: Record<string, Record<string, unknown>> = {};
  for (const operation of operations) {
    (routes[patternOf(operation.path)] ??= {})[operation.method] = ruleOf(operation, operations);
  }
  return stringify(
    {
      gatewright: 1,
      roles: Object.fromEntries(scopes.map((scope) => [scope, { grants: [permissionOf(scope)] }])),
      resources,
      routes,
      principal: { roles: { claim: "scope", format: "space-separated" } },
      tokens: {
        accounts: {
          issuer: "https://accounts.example",
          audience: "payments",
          algorithms: ["HS256"],
          keys: { environment: "ACCOUNTS_KEY" },
        },
      },
    },
    { aliasDuplicateObjects: false },
  );
}

/** `ORDERS_WRITE` is `ORDERS.WRITE`: the last underline becomes the dot, and can become it again. */
export function permissionOf(scope: string): string {
  return scope.replace(/_(?=[^_]+$)/, ".");
}

/** `/orders/{order_id}` is `/orders/:order_id`. */
export function patternOf(path: string): string {
  return path.replace(/\{([^}]+)\}/g, ":$1");
}

function ruleOf({ scopes, path }: Operation, operations: readonly Operation[]): unknown {
  if (scopes === undefined) return "public";
  const rule =
    scopes.length === 0 ? { access: "authenticated" } : { permissions: scopes.map(permissionOf) };
  const isShared = operations.some((other) => other.path !== path && overlap(path, other.path));
  return isShared ? { ...rule, fallThrough } : (rule.access ?? rule.permissions);
}

/** Whether one request path could be meant by both. */
function overlap(path: string, other: string): boolean {
  const parts = path.split("/");
  const others = other.split("/");
  return (
    parts.length === others.length &&
    parts.every((part, index) => {
      const beside = others[index] ?? "";
      return part === beside || part.startsWith("{") || beside.startsWith("{");
    })
  );
}
