import { AbilityBuilder, createMongoAbility, subject } from "@casl/ability";
import { celEnv, parse, plan } from "@bufbuild/cel";
import { checkCondition } from "../../generator/conditions/check-condition.js";
import { serializeCondition } from "../../generator/conditions/serialize-condition.js";
import { emitConditions } from "../../generator/conditions/emit-conditions.js";
import type { ConditionDeclarations } from "../../generator/conditions/scope.js";
import { buildCondition } from "../../runtime/abi-conditions.js";
import { loadCode } from "../../test/conformance/both-ends.js";

/** One way to decide the same question; `decide` answers for one of {@link SAMPLES} samples. */
export interface Contender {
  readonly name: string;
  readonly decide: (sample: number) => boolean;
}

export const SAMPLES = 256;

const text = "resource.ownerId == principal.id";
const declarations = {
  variables: {
    principal: {
      fields: { id: { type: "string" }, level: { type: "int" }, team: { type: "string" } },
    },
    resource: {
      fields: {
        ownerId: { type: "string" },
        status: { type: "string" },
        total: { type: "double" },
      },
    },
  },
} as const satisfies ConditionDeclarations;

/** Conditions that run in the same process, as a policy has more than one: code that they share is shared in earnest. */
const neighbours = [
  "resource.status == 'open'",
  "principal.team == resource.status",
  "principal.level > 3 && resource.total < 10.0",
  "resource.ownerId == principal.team || principal.level == 1",
  "principal.id != resource.status",
  "principal.id.startsWith('a') && resource.total > 1.0",
];

interface Principal {
  readonly id: string;
  readonly level: number;
  readonly team: string;
}

interface Order {
  readonly ownerId: string;
  readonly status: string;
  readonly total: number;
}

/** Every third order belongs to its principal. Ids are no constants, so that two equal ones are two strings. */
const samples = Array.from({ length: SAMPLES }, (_, index) => {
  const principal: Principal = { id: `user-${index}`, level: index % 5, team: `team-${index % 7}` };
  const owner = index % 3 === 0 ? index : index + 1;
  const resource: Order = { ownerId: `user-${owner}`, status: "open", total: index };
  return { principal, resource };
});

/** The condition in both forms of gatewright, by hand, in CASL, and in `@bufbuild/cel`. */
export async function createContenders(): Promise<readonly Contender[]> {
  const conditions = [text, ...neighbours].map((condition) => {
    const result = checkCondition(condition, { declarations });
    if (result.condition === undefined) throw new Error(result.mistakes[0]?.message);
    return result.condition;
  });
  const named = conditions.map((condition, index) => ({ name: `is${index}`, condition }));
  const emitted = await loadCode(
    `interface Inputs { readonly principal: any; readonly resource: any }\n${emitConditions(named, { inputsType: "Inputs" })}`,
  );
  const built = conditions.map((condition) => buildCondition(serializeCondition(condition)));
  const [bundle] = built;
  const generated = emitted["is0"];
  if (generated === undefined || bundle === undefined) throw new Error("the condition is missing");
  for (const sample of samples.concat(samples, samples, samples)) {
    for (const condition of built) condition(sample);
    for (const condition of Object.values(emitted)) condition(sample);
  }
  return [
    { name: "generated", decide: (at) => generated(sampleAt(at)) === true },
    { name: "bundle", decide: (at) => bundle(sampleAt(at)) === true },
    { name: "handwritten", decide: (at) => isOwner(sampleAt(at)) },
    createCasl(),
    createBufbuild(),
  ];
}

function isOwner({
  principal,
  resource,
}: {
  readonly principal: Principal;
  readonly resource: Order;
}): boolean {
  return principal.id === resource.ownerId;
}

function sampleAt(at: number) {
  const sample = samples[at];
  if (sample === undefined) throw new Error("there is no such sample");
  return sample;
}

/** An ability for each principal and a subject for each order, made beforehand. */
function createCasl(): Contender {
  const cases = samples.map(({ principal, resource }) => {
    const { can, build } = new AbilityBuilder(createMongoAbility);
    can("read", "Order", { ownerId: principal.id });
    return { ability: build(), order: subject("Order", { ...resource }) };
  });
  return {
    name: "casl",
    decide(at) {
      const item = cases[at];
      return item !== undefined && item.ability.can("read", item.order);
    },
  };
}

/** A program planned beforehand, and its bindings made beforehand. */
function createBufbuild(): Contender {
  const program = plan(celEnv(), parse(text));
  const bindings = samples.map(({ principal, resource }) => ({
    principal: new Map(Object.entries(principal)),
    resource: new Map(Object.entries(resource)),
  }));
  return { name: "bufbuild", decide: (at) => program(bindings[at]) === true };
}

/** Ratios by name: how many times longer the peers take, and how many times longer than by hand we take. */
export function ratiosOf(nanos: { readonly [name: string]: number }): {
  readonly [ratio: string]: number;
} {
  const of = (name: string) => nanos[name] ?? Number.NaN;
  const worse = Math.max(of("generated"), of("bundle"));
  const ratios = {
    vs_bufbuild_cel: of("bufbuild") / worse,
    vs_casl: of("casl") / worse,
    vs_handwritten: worse / of("handwritten"),
    vs_handwritten_generated: of("generated") / of("handwritten"),
    vs_handwritten_bundle: of("bundle") / of("handwritten"),
  };
  return Object.fromEntries(
    Object.entries(ratios).map(([name, value]) => [name, Math.round(value * 100) / 100]),
  );
}
