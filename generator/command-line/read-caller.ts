import { readFile } from "node:fs/promises";
import { visible } from "../diagnostics/visible.js";
import type { Arguments, Option } from "./command.js";
import { UsageError } from "./usage-error.js";

/** Who sends the request that is asked about. */
export type Caller =
  | { readonly kind: "anonymous" }
  | (Credentials & {
      readonly kind: "roles";
      readonly roles: readonly string[];
      /** Of whoever acts for the caller; undefined where nobody does. */
      readonly actorRoles?: readonly string[] | undefined;
    })
  | (Credentials & {
      readonly kind: "claims";
      readonly claims: Readonly<Record<string, unknown>>;
    });

interface Credentials {
  /** The strategy that they are for, where that is said. */
  readonly strategy?: string | undefined;
}

export const roleOption: Option = {
  name: "role",
  value: "NAME",
  isRepeatable: true,
  description: "a role that the caller holds",
};

export const claimsOption: Option = {
  name: "claims",
  value: "JSON",
  description:
    "the claims of the caller's verified token, or `@FILE` to read them; the policy says which hold the roles",
};

export const actorRoleOption: Option = {
  name: "actor-role",
  value: "NAME",
  isRepeatable: true,
  description: "a role of whoever acts for the caller, beside `--role`; claims say it as `act`",
};

export const strategyOption: Option = {
  name: "strategy",
  value: "NAME",
  description: "the strategy under `authentication` that the caller's credentials are for",
};

export const resourceOption: Option = {
  name: "resource",
  value: "JSON",
  description:
    "the attributes of the resource that the path names, or `@FILE` to read them, for conditions that read them",
};

export const anonymousOption: Option = {
  name: "anonymous",
  description: "a request without credentials, as without `--role` and `--claims`",
};

/** @throws UsageError where the options contradict each other or the claims cannot be read */
export async function readCaller(args: Arguments): Promise<Caller> {
  const roles = args.options.get(roleOption.name);
  const actorRoles = args.options.get(actorRoleOption.name);
  const claims = args.options.get(claimsOption.name)?.[0];
  const strategy = args.options.get(strategyOption.name)?.[0];
  if (args.options.has(anonymousOption.name) && (roles !== undefined || claims !== undefined)) {
    refuse("`--anonymous` has neither roles nor claims", "leave out one of the two");
  }
  if (roles !== undefined && claims !== undefined) {
    const help = "put the roles into the claims, or ask with `--role` alone";
    refuse("`--role` and `--claims` both say which roles the caller holds", help);
  }
  if (actorRoles !== undefined && claims !== undefined) {
    refuse(
      "`--claims` say themselves who acts for the caller",
      "put the actor into them, as `act`",
    );
  }
  if (actorRoles !== undefined && roles === undefined) {
    refuse(
      "`--actor-role` says nothing of the caller",
      "say with `--role` whom the actor acts for",
    );
  }
  if (strategy !== undefined && roles === undefined && claims === undefined) {
    const help = "say with `--role` or `--claims` who the caller is";
    refuse("`--strategy` speaks of credentials, and there are none", help);
  }
  if (claims !== undefined) {
    const text = await textOf(claims, claimsOption.name);
    return { kind: "claims", claims: parseObject(text, claimsOption.name), strategy };
  }
  return roles === undefined
    ? { kind: "anonymous" }
    : { kind: "roles", roles, actorRoles, strategy };
}

/** What `--claims` says; none where it is left out. @throws UsageError where it is no JSON object */
export async function readClaims(args: Arguments): Promise<Readonly<Record<string, unknown>>> {
  const given = args.options.get(claimsOption.name)?.[0];
  if (given === undefined) return {};
  return parseObject(await textOf(given, claimsOption.name), claimsOption.name);
}

/**
 * The attributes of the resource that the request is about; undefined where they are not said.
 *
 * @throws UsageError where they cannot be read
 */
export async function readResource(
  args: Arguments,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const given = args.options.get(resourceOption.name)?.[0];
  if (given === undefined) return undefined;
  return parseObject(await textOf(given, resourceOption.name), resourceOption.name);
}

async function textOf(given: string, option: string): Promise<string> {
  if (!given.startsWith("@")) return given;
  const path = given.slice(1);
  try {
    const text = await readFile(path, "utf8");
    return text.replace(/^\ufeff/, "");
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    return refuse(`the ${option} file \`${visible(path)}\` cannot be read (${reason})`);
  }
}

/** Says nothing of the text itself: it may be a token, and messages end up in logs. */
function parseObject(text: string, option: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const isToken = /^\s*[\w-]+\.[\w-]+\.[\w-]*\s*$/.test(text);
    const help = isToken
      ? "this looks like a token: give its decoded payload, and keep the token to yourself"
      : 'write it like `\'{"sub":"ada","roles":["clerk"]}\'`, in single quotes';
    return refuse(`\`--${option}\` is not JSON`, help);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return refuse(`\`--${option}\` is not a JSON object`, "give a whole object, in braces");
  }
  return Object.fromEntries(Object.entries(value));
}

function refuse(message: string, help?: string): never {
  throw new UsageError([{ message, help }]);
}
