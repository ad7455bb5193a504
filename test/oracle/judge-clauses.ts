import { clausesFor, saysForCertain } from "./holds-permission.js";
import type { ConditionInputs, DecideCondition } from "./condition-inputs.js";
import type { PlainClause } from "./plain-conditions.js";
import type { PlainPolicy } from "./plain-policy.js";

/** Why conditions refuse, as the record says it; undefined where they do not. */
export type ConditionCause = "resource-loader" | "absent" | "tenant" | "denied" | "condition";

export interface JudgedRequest {
  /** Lists of roles each of which must pass by itself: the caller's, and an actor's. */
  readonly holders: readonly (readonly string[])[];
  readonly permission: string;
  readonly inputs: Omit<ConditionInputs, "resource">;
  /** Loads a resource by name: null where there is none, undefined where it cannot be said. */
  readonly load: (resource: string) => object | null | undefined;
}

/** The table "What conditions answer" of docs/policy-reference.md, line by line. */
export function judgeClauses(
  policy: PlainPolicy,
  decide: DecideCondition,
  { holders, permission, inputs: known, load }: JudgedRequest,
): ConditionCause | undefined {
  const [name = "", action = ""] = permission.split(".");
  const resource = policy.conditional.resources.get(name);
  const isSingle = resource?.collection.includes(action) === false;
  const tenant = isSingle ? resource.tenant : undefined;
  const all = holders.map((roles) => {
    const clauses = clausesFor(policy, roles, permission);
    return {
      denies: clauses.filter(({ effect }) => effect === "deny"),
      grants: clauses.filter(({ effect }) => effect === "grant"),
      isCertain: saysForCertain(policy, roles, { list: "grants", permission }),
    };
  });

  // Something is loaded only where the rest of a holder needs it, and then once for all of them.
  const mattering = all.flatMap(({ denies, grants, isCertain }) =>
    isCertain ? denies : [...denies, ...grants],
  );
  const reads = mattering.some((clause) => textsOf(policy, clause).some(readsResource));
  const isLoaded = tenant !== undefined || (isSingle && reads);
  const loaded = isLoaded ? load(name) : undefined;
  if (isLoaded && loaded === undefined) return "resource-loader";
  if (loaded === null) return "absent";
  const inputs = loaded === undefined ? known : { ...known, resource: loaded };

  if (tenant !== undefined) {
    const own = inputs.principal.tenant;
    if (own === undefined || own !== Reflect.get(loaded ?? {}, tenant)) return "tenant";
  }
  const holds = (clause: PlainClause) => {
    const values = textsOf(policy, clause).map((text) => decide(text, inputs));
    if (values.includes(false)) return false;
    return values.includes(undefined) ? undefined : true;
  };
  for (const { denies, grants, isCertain } of all) {
    const isDenied = denies.some((clause) => {
      const held = holds(clause);
      return held === undefined ? clause.missing !== "skip" : held;
    });
    if (isDenied) return "denied";
    if (!isCertain && !grants.some((clause) => holds(clause) === true)) return "condition";
  }
  return undefined;
}

/** The expressions of a clause, names looked up. */
function textsOf({ conditional }: PlainPolicy, { when }: PlainClause): readonly string[] {
  return when.map((text) => conditional.conditions.get(text) ?? text);
}

function readsResource(text: string): boolean {
  return /\bresource\b/.test(text);
}
