import { groupBy } from "../decide/group-by.js";
import type { RouteTable, TableRoute } from "../decide/route-table.js";

/**
 * The table as an OpenAPI 3.1 document, such as a framework writes it: a tag and two schemas for each
 * resource, parameters, bodies, answers, and as alternatives the scopes that open an operation.
 */
export function openapiDocument({ routes, resources }: RouteTable) {
  const scopes = new Set(routes.flatMap(({ roles }) => [...roles]));
  const names = [...resources.keys()];
  return {
    openapi: "3.1.0",
    info: { title: "Services", version: "1.0.0" },
    tags: names.map((name) => ({ name, description: `Everything about ${name}.` })),
    paths: Object.fromEntries(
      [...groupBy(routes, ({ pattern }) => pattern)].map(([pattern, bound]) => [
        pattern.replace(/:([A-Za-z]+)/g, "{$1}"),
        Object.fromEntries(bound.map((route) => [route.method.toLowerCase(), operation(route)])),
      ]),
    ),
    components: {
      securitySchemes: {
        oauth: {
          type: "oauth2",
          flows: {
            clientCredentials: {
              tokenUrl: "https://id.example.com/token",
              scopes: Object.fromEntries([...scopes].map((scope) => [scope, `For ${scope}.`])),
            },
          },
        },
      },
      schemas: Object.fromEntries([["Problem", problem], ...names.flatMap(schemas)]),
    },
  };
}

function operation({ method, pattern, resource, action, roles }: TableRoute) {
  const params = [...pattern.matchAll(/:([A-Za-z]+)/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const page = { name: "page", in: "query", schema: { type: "integer", minimum: 1 } };
  const isList = method === "GET" && !/:[A-Za-z]+$/.test(pattern);
  const schema = reference(isList ? `${resource}.page` : resource);
  const body = { required: true, content: { "application/json": { schema: reference(resource) } } };
  return {
    operationId: `${resource}/${operationName(method, pattern)}`,
    summary: `${action} ${resource}`,
    tags: [resource],
    security: [...roles].map((role) => ({ oauth: [role] })),
    parameters: isList ? [...params, page] : params,
    ...(method === "GET" || method === "DELETE" ? {} : { requestBody: body }),
    responses: {
      200: { description: "Done.", content: { "application/json": { schema } } },
      default: {
        description: "Refused.",
        content: { "application/problem+json": { schema: reference("Problem") } },
      },
    },
  };
}

/** After the resource: `get`, `put-item`, `get-item-comments`, and so on. */
function operationName(method: string, pattern: string): string {
  const tail = pattern.split("/").slice(5);
  const words = tail.map((segment) => (segment.startsWith(":") ? "item" : segment));
  return [method.toLowerCase(), ...words].join("-");
}

const problem = {
  type: "object",
  required: ["type", "status"],
  properties: {
    type: { type: "string", format: "uri" },
    status: { type: "integer" },
    title: { type: "string" },
  },
};

function schemas(name: string) {
  const properties = {
    id: { type: "string", format: "uuid" },
    name: { type: "string", maxLength: 200 },
    state: { type: "string", enum: ["open", "held", "closed"] },
    total: { type: "number" },
    createdAt: { type: "string", format: "date-time" },
    labels: { type: "array", items: { type: "string" } },
  };
  const list = { type: "array", items: reference(name) };
  return [
    [name, { type: "object", required: ["id", "name"], properties }],
    [`${name}.page`, { type: "object", properties: { items: list, next: { type: "string" } } }],
  ] as const;
}

function reference(name: string) {
  return { $ref: `#/components/schemas/${name}` };
}
