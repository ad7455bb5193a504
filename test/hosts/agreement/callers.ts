import type { RouteTable } from "./route-table.js";
import { tablePermissions } from "./route-table.js";
import { createTokenMaker } from "../../agreement/token-maker.js";

/** Somebody who sends requests: the bytes of the credentials, and what they are worth. */
export interface Caller {
  readonly name: string;
  /** The value of `Authorization`; null for none. */
  readonly authorization: string | null;
  /** Null where the credentials are none or bad. */
  readonly roles: readonly string[] | null;
}

/** A few tokens for all tables of a run, signed once, and the key that verifies them. */
export interface Cast {
  readonly callers: readonly Caller[];
  readonly environment: Readonly<Record<string, string>>;
}

const issuer = "https://issuer.example";
const held = [[], ["r0"], ["r1"], ["r2"], ["r3"], ["r0", "r2"], ["r1", "r3"], ["stranger", "r1"]];

export async function createCast(): Promise<Cast> {
  const profile = {
    issuer,
    audience: "test",
    variable: "TEST_KEY",
    claimsFor: (roles: readonly string[]) => ({ roles }),
  };
  const maker = await createTokenMaker(profile, "HS256");
  const forger = await createTokenMaker(profile, "HS256");
  const bearer = async (from: typeof maker, roles: readonly string[]) =>
    (await from.authorize(roles))["Authorization"] ?? "";
  const known = await Promise.all(
    held.map(async (roles) => ({
      name: roles.join("+") || "nobody in particular",
      authorization: await bearer(maker, roles),
      roles,
    })),
  );
  const forged = await bearer(forger, ["r0", "r1", "r2", "r3"]);
  return {
    callers: [
      { name: "anonymous", authorization: null, roles: null },
      { name: "forger", authorization: forged, roles: null },
      { name: "garbler", authorization: "Bearer not.a.token", roles: null },
      ...known,
    ],
    environment: maker.environment,
  };
}

/** The table as a policy, one file; JSON is YAML. */
export function printPolicy(table: RouteTable): string {
  const reason = "random tables fall where they fall";
  const routes: Record<string, Record<string, unknown>> = {};
  for (const { method, segments, access, permissions } of table.routes) {
    const path = `/${segments.join("/")}`;
    const group = (routes[path] ??= {});
    const params = segments.filter((segment) => segment.startsWith(":"));
    if (table.encodedSlash && params.length > 0) {
      group["params"] = Object.fromEntries(
        params.map((param) => [param.slice(1), { encodedSlash: true }]),
      );
    }
    const isCatchAll = segments.at(-1) === "**" && access !== "permissions";
    group[method] = {
      ...(access === "permissions" ? { permissions } : { access }),
      fallThrough: reason,
      ...(isCatchAll ? { catchAll: reason } : {}),
    };
  }
  const { caseSensitive, strict, semicolons } = table;
  return JSON.stringify({
    gatewright: 1,
    resources: { a: { actions: actionsOf("a") }, b: { actions: actionsOf("b") } },
    roles: Object.fromEntries(table.roles.map(({ name, ...role }) => [name, role])),
    router: { caseSensitive, strict, semicolons },
    principal: { roles: "roles" },
    tokens: {
      test: { issuer, audience: "test", algorithms: ["HS256"], keys: { environment: "TEST_KEY" } },
    },
    audit: { sink: { jsonl: "requests.jsonl" } },
    routes,
  });
}

function actionsOf(resource: string): readonly string[] {
  return tablePermissions.flatMap((permission) =>
    permission.startsWith(`${resource}.`) ? [permission.slice(resource.length + 1)] : [],
  );
}
