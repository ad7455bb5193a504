import type { Snapshot } from "@gatewright/runtime";
import type { CheckedCondition } from "../conditions/check-condition.js";
import { listAtoms, listConjuncts } from "../conditions/list-atoms.js";
import { serializeCondition } from "../conditions/serialize-condition.js";
import { createPlaceOf } from "../diagnostics/position.js";
import type { ClauseModel, ConditionModel, PolicyModel } from "../3-model/policy-model.js";

/** The parts of the runtime that decide. */
export interface ConditionParts {
  readonly clauses: typeof import("@gatewright/runtime/abi/clauses");
  readonly conditions: typeof import("@gatewright/runtime/abi/conditions");
}

/** What is known of the request that is asked about; undefined where it was not said. */
export interface KnownInputs {
  readonly principal: object | undefined;
  readonly request: KnownRequest;
  readonly resource: KnownResource | undefined;
}

export interface KnownRequest {
  readonly inputs: object;
  /** Whether something was read that nobody said, since this was asked last. */
  readonly isUnsaidRead: () => boolean;
}

/** One of a type: of another type that a request needs too, nothing is known. */
export interface KnownResource {
  readonly name: string;
  readonly attributes: object;
}

/** A part of a condition between its `&&` and `||`, with its value. */
export interface AtomExplanation {
  readonly text: string;
  /** `file:line` */
  readonly at: string;
  /** Null where it cannot be decided, or reads what was not said. */
  readonly value: boolean | null;
}

/** A conditional clause of a needed permission, for roles of the caller. */
export interface ClauseExplanation {
  readonly permission: string;
  readonly effect: "grant" | "deny";
  readonly role: string;
  /** Only where the roles of whoever acts for the caller are judged. */
  readonly isActor?: true;
  /** `file:line` */
  readonly at: string;
  /** Whether all its conditions hold; null where that is open. */
  readonly holds: boolean | null;
  readonly atoms: readonly AtomExplanation[];
  /** The parts that would all have to hold and do not, or that are open. */
  readonly unmet: readonly string[];
}

/** How the conditions of the needed permissions come out. */
export interface ConditionsExplanation {
  /** `open` where something that decides was not said. */
  readonly outcome: "allow" | "deny" | "open";
  /** Of a denial: `tenant`, `denied` or `condition`, as in the record. */
  readonly cause: string | null;
  readonly clauses: readonly ClauseExplanation[];
  /** What a smallest change would be: the grant with the fewest unmet parts. */
  readonly nearest: ClauseExplanation | null;
}

/** Whose roles are judged. */
interface Holder {
  readonly roles: readonly string[];
  readonly mask: Int32Array;
  readonly isActor?: boolean;
}

export interface AskedConditions {
  readonly model: PolicyModel;
  readonly snapshot: Snapshot;
  /** The caller, and whoever acts for it where both must hold what is needed. */
  readonly holders: readonly Holder[];
  readonly needed: readonly string[];
  readonly inputs: KnownInputs;
}

/** Decides the conditional part of a request with what is known of it, by the code of the gate itself. */
export function judgeConditions(
  asked: AskedConditions,
  { clauses, conditions }: ConditionParts,
): ConditionsExplanation {
  const { model, snapshot, holders, needed, inputs } = asked;
  const explained = needed.flatMap((permission) =>
    holders.flatMap((holder) => explainClauses(asked, holder, permission, conditions)),
  );
  const book = clauses.openRuleBook(snapshot, { digest: "", functions: [] });
  let isOpen = false;
  for (const name of needed) {
    const rule = book.ruleOf(model.permissions.findIndex((permission) => permission.name === name));
    if (rule === undefined) continue;
    const resource = resourceFor(inputs, name);
    const asksForResource = holders.some(({ mask }) => clauses.asksForResource(rule, mask));
    const { principal } = inputs;
    if ((asksForResource && resource === undefined) || principal === undefined) {
      isOpen = true;
      continue;
    }
    const known = { principal, request: inputs.request.inputs, resource };
    for (const { mask, isActor = false } of holders) {
      const { outcome } = clauses.judge(rule, mask, book.conditions, known);
      if (inputs.request.isUnsaidRead()) {
        isOpen = true;
        continue;
      }
      if (outcome === "granted") continue;
      const own = explained.filter((clause) => (clause.isActor ?? false) === isActor);
      const nearest = outcome === "condition" ? nearestGrant(own, name) : null;
      return { outcome: "deny", cause: outcome, clauses: explained, nearest };
    }
  }
  return { outcome: isOpen ? "open" : "allow", cause: null, clauses: explained, nearest: null };
}

function explainClauses(
  { model, inputs }: AskedConditions,
  { roles, isActor }: Holder,
  permission: string,
  { buildCondition }: ConditionParts["conditions"],
): readonly ClauseExplanation[] {
  const placeOf = createPlaceOf(model.sources);
  const { principal, request } = inputs;
  const known = { principal, request: request.inputs, resource: resourceFor(inputs, permission) };
  const explain = ({ text, spanOf }: ConditionModel, part: CheckedCondition): AtomExplanation => {
    const isKnown = part.reads.every((name) => Reflect.get(known, name) !== undefined);
    const found = isKnown ? buildCondition(serializeCondition(part))({ ...known }) : null;
    const value = request.isUnsaidRead() ? null : found;
    return {
      text: text.slice(part.root.start, part.root.end),
      at: placeOf(spanOf(part.root)),
      value: typeof value === "boolean" ? value : null,
    };
  };
  const held = ({ roles: holders }: ClauseModel) => holders.some((role) => roles.includes(role));
  return model.clauses
    .filter((clause) => clause.permissions.includes(permission) && held(clause))
    .map(({ conditions, effect, role, at }) => {
      const values = conditions.map((found) => explain(found, found.checked).value);
      const partsOf = (list: typeof listAtoms) =>
        conditions.flatMap((found) => list(found.checked).map((part) => explain(found, part)));
      const unmet = partsOf(listConjuncts).filter(({ value }) => value !== true);
      return {
        permission,
        effect,
        role,
        ...(isActor === true ? { isActor } : {}),
        at: placeOf(at),
        holds: values.includes(false) ? false : values.includes(null) ? null : true,
        atoms: partsOf(listAtoms),
        unmet: unmet.map(({ text }) => text),
      };
    });
}

function resourceFor({ resource }: KnownInputs, permission: string): object | undefined {
  return resource !== undefined && permission.startsWith(`${resource.name}.`)
    ? resource.attributes
    : undefined;
}

function nearestGrant(
  clauses: readonly ClauseExplanation[],
  permission: string,
): ClauseExplanation | null {
  const grants = clauses.filter(
    (clause) => clause.effect === "grant" && clause.permission === permission,
  );
  const [nearest = null] = grants.toSorted((a, b) => a.unmet.length - b.unmet.length);
  return nearest;
}
