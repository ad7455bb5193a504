import type { ConditionType } from "@gatewright/runtime/abi/conditions";
import type { Checked } from "./checked.js";
import type { ConditionMistakeCode, MistakeList } from "./mistake.js";
import type { Span, Syntax } from "./syntax.js";

/** What a condition may speak of. Names with dots are allowed, and found by their longest form first. */
export interface ConditionDeclarations {
  readonly variables: { readonly [name: string]: ConditionType };
  /** A prefix under which names are looked up first, as CEL's containers. */
  readonly container?: string;
}

/** Paths of optional attributes and keys that are known to be there. */
export type Facts = ReadonlySet<string>;

export interface Local {
  readonly slot: number;
  readonly type: ConditionType;
}

export interface Scope {
  readonly declarations: ConditionDeclarations;
  readonly mistakes: MistakeList;
  /** Types that do not fit are found when the condition runs, as CEL does without its checker. */
  readonly isLoose: boolean;
  readonly locals: ReadonlyMap<string, Local>;
  readonly depth: number;
  readonly facts: Facts;
  /** Names of the declared variables that were read. */
  readonly read: Set<string>;
}

/** A checked part, and what is known where it is true or false. */
export interface Judgement {
  readonly node: Checked;
  readonly whenTrue: Facts;
  readonly whenFalse: Facts;
}

export type CheckNode = (syntax: Syntax, scope: Scope) => Judgement;

export const noFacts: Facts = new Set();

export function judge(node: Checked): Judgement {
  return { node, whenTrue: noFacts, whenFalse: noFacts };
}

export function both(a: Facts, b: Facts): Facts {
  if (a.size === 0) return b;
  return b.size === 0 ? a : new Set([...a, ...b]);
}

export function either(a: Facts, b: Facts): Facts {
  return new Set([...a].filter((fact) => b.has(fact)));
}

export function withFacts(scope: Scope, facts: Facts): Scope {
  return facts.size === 0 ? scope : { ...scope, facts: both(scope.facts, facts) };
}

/** Reports a mistake, and gives a part that causes no further ones. */
export function mistaken(
  scope: Scope,
  at: Span,
  mistake: {
    readonly code: ConditionMistakeCode;
    readonly message: string;
    readonly help?: string;
  },
): Checked {
  scope.mistakes.add({ start: at.start, end: at.end, ...mistake });
  return {
    op: "fail",
    code: "no-such-overload",
    type: "dyn",
    canFail: true,
    start: at.start,
    end: at.end,
  };
}

/** A name that says which attribute is read, where that is one and the same at every evaluation. */
export function pathOf(node: Checked): string | undefined {
  switch (node.op) {
    case "input":
      return node.name;
    case "local":
      return `#${node.slot}`;
    case "spend":
      return pathOf(node.of);
    case "field": {
      const path = pathOf(node.of);
      return path === undefined ? undefined : stepOf(path, node.name);
    }
    case "call": {
      const [map, key] = node.args;
      if (node.name !== "map.at" || map === undefined || key?.op !== "literal") return undefined;
      const path = pathOf(map);
      return path === undefined || typeof key.value.value !== "string"
        ? undefined
        : stepOf(path, key.value.value);
    }
    default:
      return undefined;
  }
}

export function stepOf(path: string, name: string): string {
  return `${path}.${JSON.stringify(name)}`;
}
