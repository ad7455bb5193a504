import { GateError } from "../gate-error.js";
import type { ConditionError } from "./condition-error.js";
import type { Steps } from "./macros.js";
import type { ConditionType } from "./types.js";

/** What a condition reads: an object for each of its inputs, such as `principal`. */
export type ConditionInputs = { readonly [name: string]: unknown };

/** The variables of macros by slot, and the budget of this evaluation. */
export interface Frame {
  readonly slots: unknown[];
  readonly steps: Steps;
}

export type Evaluate = (inputs: ConditionInputs, frame: Frame) => unknown;

/** A node made ready to run. */
export interface Built {
  readonly type: ConditionType;
  readonly run: Evaluate;
  /** The value of what depends on nothing. */
  readonly constant?: { readonly value: unknown };
  /** What is read straight from an input, so that a comparison of two such needs no calls. */
  readonly path?: AttributePath;
  /** The whole condition, errors included, where there is a faster way than `run`. */
  readonly whole?: (inputs: ConditionInputs) => boolean | ConditionError;
}

export interface AttributePath {
  readonly input: string;
  readonly name: string;
}

/** What is known where a node stands. */
export interface Scope {
  readonly inputs: { readonly [name: string]: ConditionType };
  readonly locals: ReadonlyMap<number, ConditionType>;
  readonly depth: number;
  readonly count: { nodes: number };
}

export type BuildNode = (node: unknown, scope: Scope) => Built;

/** Refuses a tree; it says where, never what is in it. */
export function refuseTree(reason: string): never {
  throw new GateError("snapshot-invalid", `a condition of the snapshot is refused: ${reason}`);
}

export function constant(type: ConditionType, value: unknown): Built {
  return { type, run: () => value, constant: { value } };
}
