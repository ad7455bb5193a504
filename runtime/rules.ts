import type { IncomingMessage } from "node:http";
import { answerFor } from "./answer.js";
import { GateError } from "./gate-error.js";
import type { Rules, RulesFeature } from "./gate-features.js";
import type { Problem } from "./problem.js";
import { rolesOf } from "./request-context.js";
import type { RequestContext } from "./request-context.js";
import type { Snapshot } from "./snapshot.js";

/** What a policy asks besides roles, each kind by itself. */
export interface RuleParts {
  readonly requirements?: RulePart;
}

/** One kind of rule, opened for a snapshot. */
export type RulePart = (snapshot: Snapshot) => {
  /** Why it refuses a request whose roles pass. */
  check(
    context: RequestContext,
    request: IncomingMessage,
    now: number,
  ): Problem | undefined | Promise<Problem | undefined>;
};

/**
 * The rules that stand behind the role check, in the order of the answer table: scopes, step-up,
 * conditions. None is asked about a request that the roles do not let pass.
 */
export function rules(parts: RuleParts): RulesFeature {
  return (snapshot): Rules => {
    if (snapshot.source.requirements.length > 0 && parts.requirements === undefined) {
      const message = "the policy uses requirements, which the generated code does not load";
      throw new GateError("configuration-invalid", `${message}: build it again`);
    }
    const opened = Object.values(parts).map((open: RulePart) => open(snapshot));
    return {
      async check(context, request, now) {
        const { located, method } = context;
        if (located === undefined) return undefined;
        const answer = answerFor(snapshot, { method: method ?? "", located }, rolesOf(context));
        if (!answer.pass) return undefined;
        for (const part of opened) {
          const problem = await part.check(context, request, now);
          if (problem !== undefined) return problem;
        }
        return undefined;
      },
    };
  };
}
