import type { LoadedPolicy } from "./request-context.js";

/**
 * Handlers of gates, and layers of Express's router that hold one, by what they do; the check of a host's
 * routes knows them by it.
 */
export const gateHandlers = new WeakMap<object, "gate" | "open" | "mount">();

/** How an Express application would run another handler than the policy decides on; in words, or undefined. */
export function differentSetting(host: object, policy: LoadedPolicy): string | undefined {
  const { router } = policy.snapshot.source;
  const settings = [
    ["case sensitive routing", "caseSensitive"],
    ["strict routing", "strict"],
  ] as const;
  const { enabled } = host as { enabled?: (setting: string) => boolean };
  const found = settings.find(
    ([setting, name]) => (enabled?.call(host, setting) ?? router[name]) !== router[name],
  );
  return found && `\`${found[0]}\` is not what the policy says under \`router.${found[1]}\``;
}

/** The layers of an Express application's router, in their order; empty for anything else. */
export function layersOf(host: object): readonly object[] {
  // Express 4 throws for `router`, so its own name for it comes first.
  const router: unknown = Reflect.get(host, "_router") ?? Reflect.get(host, "router") ?? host;
  const stack: unknown = Reflect.get(Object(router), "stack");
  return Array.isArray(stack) ? stack : [];
}
