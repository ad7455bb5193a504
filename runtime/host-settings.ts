import type { LoadedPolicy } from "./request-context.js";

/**
 * Handlers of gates, and layers of Express's router that hold one, by what they do; the check of a host's
 * routes knows them by it.
 */
export const gateHandlers = new WeakMap<object, "gate" | "open" | "mount">();

/** The part of an Express application that tells how it matches and whom it trusts. */
interface ExpressApplication {
  enabled(setting: string): boolean;
  get(setting: string): unknown;
}

export interface HostDifferences {
  /** Settings by which the host would run another handler than the policy decides on. */
  readonly refused: string | undefined;
  /** `trust proxy` changes no decision, but what the application takes for the client. */
  readonly warned: string | undefined;
}

/** Compares Express's settings with the policy's `router`; other hosts have none that can be read. */
export function compareSettings(host: unknown, policy: LoadedPolicy): HostDifferences {
  if (!isExpress(host)) return { refused: undefined, warned: undefined };
  const { caseSensitive, strict, trustedProxies } = policy.snapshot.source.router;
  const matching = [
    ["case sensitive routing", "router.caseSensitive", caseSensitive],
    ["strict routing", "router.strict", strict],
  ] as const;
  const different = matching.find(([setting, , expected]) => host.enabled(setting) !== expected);
  const trusts = host.get("trust proxy fn");
  const isDifferent =
    typeof trusts === "function" &&
    [...probes, ...blockBases(trustedProxies)].some((address) =>
      HOPS.some((hop) => Boolean(trusts(address, hop)) !== policy.proxies.isTrusted(address, hop)),
    );
  return {
    refused:
      different &&
      `Express's \`${different[0]}\` is not what the policy says under \`${different[1]}\``,
    warned: isDifferent
      ? "Express's `trust proxy` is not what the policy says under `router.trustedProxies`"
      : undefined,
  };
}

/** An address of every range that proxies usually stand in, and one of a client. */
const probes = [
  "127.0.0.1",
  "::1",
  "10.0.0.1",
  "172.16.0.1",
  "192.168.0.1",
  "fd00::1",
  "192.0.2.1",
];
const HOPS = [0, 1, 2, 16];

function blockBases(trusted: number | readonly string[]): readonly string[] {
  return typeof trusted === "number" ? [] : trusted.map((block) => block.replace(/[/].*/, ""));
}

function isExpress(host: unknown): host is ExpressApplication {
  return typeof host === "function" && "enabled" in host && "get" in host;
}

/** The layers of an Express application's router, in their order; empty for anything else. */
export function layersOf(host: object): readonly object[] {
  // Express 4 throws for `router`, so its own name for it comes first.
  const router: unknown = Reflect.get(host, "_router") ?? Reflect.get(host, "router") ?? host;
  const stack: unknown = Reflect.get(Object(router), "stack");
  return Array.isArray(stack) ? stack : [];
}
