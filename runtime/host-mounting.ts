import type { LoadedPolicy } from "./request-context.js";

/**
 * Handlers of gates, and layers of Express's router that hold one, by what they do; the check of a host's
 * routes knows them by it.
 */
export const gateHandlers = new WeakMap<object, "gate" | "open" | "mount">();

/** The setting of an Express application by which it would run another handler than the policy decides on. */
export function differentSetting(host: unknown, policy: LoadedPolicy): string | undefined {
  if (typeof host !== "function" || !("enabled" in host)) return undefined;
  const { enabled } = host;
  const { caseSensitive, strict } = policy.snapshot.source.router;
  const isOn = (setting: string) => Reflect.apply(enabled as () => unknown, host, [setting]);
  const [setting, key] =
    isOn("case sensitive routing") !== caseSensitive
      ? ["case sensitive routing", "caseSensitive"]
      : isOn("strict routing") !== strict
        ? ["strict routing", "strict"]
        : [];
  return setting && `Express's \`${setting}\` is not what the policy says under \`router.${key}\``;
}

/** The layers of an Express application's router, in their order; empty for anything else. */
export function layersOf(host: object): readonly object[] {
  // Express 4 throws for `router`, so its own name for it comes first.
  const router: unknown = Reflect.get(host, "_router") ?? Reflect.get(host, "router") ?? host;
  const stack: unknown = Reflect.get(Object(router), "stack");
  return Array.isArray(stack) ? stack : [];
}
