import type { IncomingMessage } from "node:http";
import type { CompiledConditions, PermissionRule, RuleBook } from "./clauses/rule-book.js";
import { openRuleBook } from "./clauses/rule-book.js";
import { asksForResource, judge } from "./clauses/judge.js";
import { loadedResource, loadResource } from "./clauses/load-resource.js";
import { requestInputs } from "./clauses/request-inputs.js";
import { GateError } from "./gate-error.js";
import type { ResourceLoaders } from "./gate-features.js";
import type { Problem } from "./problem.js";
import { rolesOf } from "./request-context.js";
import type { RequestContext } from "./request-context.js";
import type { RulePart } from "./rules.js";

export { createClauseJudge } from "./clauses/create-clause-judge.js";
export { asksForResource, judge } from "./clauses/judge.js";
export type { ClauseInputs, Verdict } from "./clauses/judge.js";
export { openRuleBook } from "./clauses/rule-book.js";
export type { CompiledConditions } from "./clauses/rule-book.js";

/** Conditional grants and denies, and the tenants of resources. */
export function clauses(compiled: CompiledConditions): RulePart {
  return (snapshot, { resources: loaders = {}, onError }) => {
    const book = openRuleBook(snapshot, compiled);
    requireLoaders(book, loaders);
    return {
      async check(context, request, permissions) {
        const decide = decider({ book, context, request, loaders, onError });
        for (const permission of permissions) {
          const problem = await decide(permission);
          if (problem !== undefined) return problem;
        }
        return undefined;
      },
    };
  };
}

/** A function for each resource; a type that its loader returns more of may be named. */
export type ResourceAccessors<Resources> = {
  readonly [Name in keyof Resources]: <Loaded extends Resources[Name] = Resources[Name]>(
    request?: IncomingMessage,
  ) => Promise<Loaded | null | undefined>;
};

/** Accessors to what was loaded, as generated code types them. */
export function resourceAccessors<Resources>(
  names: Readonly<Record<keyof Resources & string, true>>,
): ResourceAccessors<Resources> {
  const accessors = Object.keys(names).map((name) => [
    name,
    (request?: IncomingMessage) => loadedResource(name, request),
  ]);
  // The loaders' types are checked where they are passed.
  return Object.fromEntries(accessors) as ResourceAccessors<Resources>;
}

interface Asked {
  readonly book: RuleBook;
  readonly context: RequestContext;
  readonly request: IncomingMessage;
  readonly loaders: ResourceLoaders;
  readonly onError: (error: unknown) => void;
}

/** Decides permissions of one request; its inputs are read when the first rule needs them. */
function decider({ book, context, request, loaders, onError }: Asked) {
  const roles = rolesOf(context);
  const { authentication } = context;
  let inputs: object | undefined;
  return async (permission: number): Promise<Problem | undefined> => {
    const rule = book.ruleOf(permission);
    if (rule === undefined) return undefined;
    if (roles === null || authentication?.kind !== "principal") return forbidden("condition");
    let resource: object | undefined;
    const { principal, actorMask } = authentication;
    const masks = actorMask === undefined ? [roles] : [roles, actorMask];
    if (rule.resource !== undefined && masks.some((mask) => asksForResource(rule, mask))) {
      try {
        const loaded = await loadResource(context, request, rule.resource, loaders);
        if (loaded === null) return absent(rule);
        resource = loaded;
      } catch (error) {
        onError(error);
        const detail = "a dependency does not answer";
        return { code: "unavailable", detail, cause: "resource-loader" };
      }
    }
    inputs ??= requestInputs(context, request);
    for (const mask of masks) {
      const known = { principal, request: inputs, resource };
      const { outcome, clause } = judge(rule, mask, book.conditions, known);
      context.clause = clause?.source.at;
      if (outcome !== "granted") return forbidden(outcome);
    }
    return undefined;
  };
}

function absent({ resource }: PermissionRule): Problem {
  return resource?.absent === "forbidden"
    ? forbidden("absent")
    : { code: "not-found", detail: "what the path names does not exist", cause: "absent" };
}

function forbidden(cause: "absent" | "tenant" | "denied" | "condition"): Problem {
  return { code: "forbidden", detail: "the policy does not allow this here", cause };
}

function requireLoaders({ snapshot }: RuleBook, loaders: ResourceLoaders): void {
  const missing = snapshot.source.resources.find(({ name }) => typeof loaders[name] !== "function");
  if (missing === undefined) return;
  const message = `the policy reads \`${missing.name}\`: pass \`resources: { ${missing.name}: … }\``;
  throw new GateError("configuration-invalid", message);
}
