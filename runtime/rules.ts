import type { IncomingMessage } from "node:http";
import { answerFor } from "./answer.js";
import { GateError } from "./gate-error.js";
import type { Rules, RulesFeature } from "./gate-features.js";
import type { PolicyContext } from "./load-policy.js";
import type { Problem } from "./problem.js";
import { rolesOf } from "./request-context.js";
import type { RequestContext } from "./request-context.js";
import { routeOf } from "./snapshot.js";
import type { Snapshot } from "./snapshot.js";

/** What a policy asks besides roles, each kind by itself, in the order of the answer table. */
export interface RuleParts {
  readonly delegation?: RulePart;
  readonly requirements?: RulePart;
  readonly clauses?: RulePart;
}

/** One kind of rule, opened for a snapshot. */
export type RulePart = (
  snapshot: Snapshot,
  context: PolicyContext,
) => {
  /** Why it refuses a request whose roles pass. */
  check(
    context: RequestContext,
    request: IncomingMessage,
    permissions: readonly number[],
  ): Problem | undefined | Promise<Problem | undefined>;
};

/**
 * The rules that stand behind the role check: those of an actor, scopes, step-up, conditions. None is asked about a request
 * that the roles do not let pass.
 */
export function rules(parts: RuleParts): RulesFeature {
  return (snapshot, policyContext): Rules => {
    requireParts(snapshot, parts);
    const open = (part: RulePart | undefined) => part?.(snapshot, policyContext);
    const [delegation, requirements, clauses] = [
      open(parts.delegation),
      open(parts.requirements),
      open(parts.clauses),
    ];
    const byRoute = [delegation, requirements, clauses];
    const byGuard = [delegation, clauses];
    return {
      async check(context, request, permissions) {
        if (permissions === undefined && !passesRoles(snapshot, context)) return undefined;
        const needed = permissions ?? routeOf(snapshot, context.located?.route ?? -1).permissions;
        for (const part of permissions === undefined ? byRoute : byGuard) {
          const problem = await part?.check(context, request, needed);
          if (problem !== undefined) return problem;
        }
        return undefined;
      },
    };
  };
}

function passesRoles(snapshot: Snapshot, context: RequestContext): boolean {
  const { located, method } = context;
  if (located === undefined || located.route === -1) return false;
  return answerFor(snapshot, { method: method ?? "", located }, rolesOf(context)).pass;
}

/** A policy that replaces another may ask for more than the generated code loads. */
function requireParts({ source }: Snapshot, parts: RuleParts): void {
  const needed = {
    delegation: source.principal.actor !== null,
    requirements: source.requirements.length > 0,
    clauses: source.clauses.length > 0 || source.resources.length > 0,
  };
  for (const name of ["delegation", "requirements", "clauses"] as const) {
    if (!needed[name] || parts[name] !== undefined) continue;
    const message = `the generated code does not load ${name}: build it again`;
    throw new GateError("configuration-invalid", message);
  }
}
