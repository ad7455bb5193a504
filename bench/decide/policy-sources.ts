import type { SourceText } from "gatewright";
import { groupBy } from "./group-by.js";
import { roleNames } from "./route-table.js";
import type { RoleName, RouteTable, TableRoute } from "./route-table.js";

const RESOURCES_PER_FILE = 200;

const settings = `gatewright: 1
principal: { id: sub, roles: roles }
tokens:
  company:
    issuer: https://id.example.com
    audience: services
    algorithms: [ES256]
    keys: { environment: JWKS }
audit:
  sink: { jsonl: audit/requests.jsonl }
`;

/** The table as people would write it in YAML: a file per role, and files of resources with their routes. */
export function policySources(table: RouteTable): readonly SourceText[] {
  const names = [...table.resources.keys()];
  const routes = groupBy(table.routes, ({ resource }) => resource);
  const files = Array.from({ length: Math.ceil(names.length / RESOURCES_PER_FILE) }, (_, number) =>
    names.slice(number * RESOURCES_PER_FILE, (number + 1) * RESOURCES_PER_FILE),
  );
  return [
    { path: "policies/settings.yaml", text: settings },
    ...roleNames.map((role) => ({
      path: `policies/roles/${role}.yaml`,
      text: roleText(table, role),
    })),
    ...files.map((resources, number) => ({
      path: `policies/services/${number}.yaml`,
      text: serviceText(table, routes, resources),
    })),
  ];
}

function roleText({ resources }: RouteTable, role: RoleName): string {
  const grants = [...resources].flatMap(([resource, actions]) =>
    [...actions].flatMap(([action, roles]) =>
      roles.has(role) ? [`      - ${resource}.${action}\n`] : [],
    ),
  );
  const list = grants.length === 0 ? " []\n" : `\n${grants.join("")}`;
  return `gatewright: 1\nroles:\n  ${role}:\n    grants:${list}`;
}

function serviceText(
  table: RouteTable,
  routes: ReadonlyMap<string, readonly TableRoute[]>,
  names: readonly string[],
): string {
  const resources = names.map((name) => {
    const actions = [...(table.resources.get(name)?.keys() ?? [])];
    return `  ${name}:\n    actions: [${actions.join(", ")}]\n`;
  });
  const patterns = names.flatMap((name) =>
    [...groupBy(routes.get(name) ?? [], ({ pattern }) => pattern)].map(([pattern, bound]) => {
      const rules = bound.map((route) => `    ${route.method}: ${ruleText(route)}\n`);
      return `  ${pattern}:\n${rules.join("")}`;
    }),
  );
  return `gatewright: 1\nresources:\n${resources.join("")}routes:\n${patterns.join("")}`;
}

/** `/summary` and `/import` are an `:id` under other methods, which the compiler wants to hear a reason for. */
function ruleText({ resource, action }: TableRoute): string {
  const permission = `${resource}.${action}`;
  return action === "summarise" || action === "import"
    ? `{ permissions: ${permission}, fallThrough: No item has this word for its id. }`
    : permission;
}
