import type { SerializedSnapshot } from "@gatewright/runtime/abi";
import type { StrategyModel } from "../3-model/authentication-model.js";
import type { KeyPlace, PolicyModel } from "../3-model/policy-model.js";

type SerializedAuthentication = SerializedSnapshot["authentication"];

/** Strategies by number; of the routes, only those that take others than the default. */
export function serializeAuthentication(model: PolicyModel): SerializedAuthentication {
  const { strategies, default: fallback } = model.authentication;
  const issuerNumbers = new Map(model.issuers.map(({ name }, number) => [name, number]));
  const numbers = new Map(strategies.map(({ name }, number) => [name, number]));
  const indicesOf = (names: readonly string[]) => names.flatMap((name) => numbers.get(name) ?? []);
  return {
    strategies: strategies.map((strategy) => serializeStrategy(strategy, issuerNumbers)),
    default: indicesOf(fallback),
    routes: model.routes.flatMap((route, number) => {
      const isDefault = route.strategies.join() === fallback.join();
      return isDefault ? [] : [{ route: number, strategies: indicesOf(route.strategies) }];
    }),
  };
}

function serializeStrategy(
  strategy: StrategyModel,
  issuerNumbers: ReadonlyMap<string, number>,
): SerializedAuthentication["strategies"][number] {
  const { kind, name } = strategy;
  const issuers = kind === "tokens" ? strategy.issuers : [];
  const tokens = kind === "allow-list" ? strategy.tokens : [];
  return {
    name,
    kind,
    issuers: issuers.flatMap((issuer) => issuerNumbers.get(issuer) ?? []),
    store:
      kind === "opaque" ? { kind: strategy.store.kind, volatile: strategy.store.isVolatile } : null,
    ...(kind === "opaque" || kind === "allow-list" ? peppersOf(strategy) : { pepper: null }),
    tokens: tokens.map(({ name: token, digest, claims, expiresAt = null }) => {
      return { name: token, digest, claims, expiresAt };
    }),
    header: kind === "application" ? (strategy.header ?? null) : null,
  };
}

function peppersOf({ pepper, previousPepper }: Peppered) {
  const previous = previousPepper && { previousPepper: placeOf(previousPepper) };
  return { pepper: placeOf(pepper), ...previous };
}

type Peppered = Extract<StrategyModel, { readonly pepper: KeyPlace }>;

function placeOf({ kind, place }: KeyPlace) {
  return { kind: kind === "file" ? "file" : "environment", place } as const;
}
