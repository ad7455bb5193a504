import { GateError } from "../gate-error.js";
import type { PolicyContext } from "../load-policy.js";
import type { OpaqueTokenStore } from "../opaque/token-store.js";
import type { SerializedStrategy } from "./serialized-strategy.js";

/** Contexts of gates that have said which of their tokens live in memory: once for each, not with each swap. */
const told = new WeakMap<PolicyContext, Set<string>>();

/**
 * The store that the application passes for a strategy.
 *
 * @throws GateError `configuration-invalid` where it is missing, of another kind than the policy says, or in
 * memory in production without the policy's leave
 */
export function openStore(
  { name, store: declared }: SerializedStrategy,
  context: PolicyContext,
): OpaqueTokenStore {
  const { environment, tokenStores = {} } = context;
  const store = Object.hasOwn(tokenStores, name) ? tokenStores[name] : undefined;
  const { kind, volatile } = declared ?? { kind: undefined, volatile: false };
  if (store === undefined || store.kind !== kind) {
    const found = store === undefined ? "none is passed" : `one of \`${store.kind}\` is passed`;
    const message = `strategy \`${name}\` keeps its tokens in \`${kind}\`, but ${found}: pass it in \`tokenStores\``;
    throw new GateError("configuration-invalid", message);
  }
  if (kind === "memory") {
    const modes = [environment["NODE_ENV"], process.env["NODE_ENV"]];
    if (!volatile && modes.includes("production")) {
      const message = `strategy \`${name}\` keeps its tokens in memory, which no other process sees: use another store, or say \`volatile\` and why`;
      throw new GateError("configuration-invalid", message);
    }
    tellOnce(name, context);
  }
  return store;
}

function tellOnce(name: string, context: PolicyContext): void {
  const names = told.get(context) ?? new Set();
  told.set(context, names);
  if (names.has(name)) return;
  names.add(name);
  const message = `the tokens of strategy \`${name}\` live in memory: they end with this process, and no other knows them`;
  context.onError(new GateError("configuration-invalid", message));
}
