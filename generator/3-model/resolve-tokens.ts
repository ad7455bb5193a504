import type { PolicyEntry, PolicyNode } from "../1-load/policy-document.js";
import type { Report } from "./mistake.js";
import type { Algorithm, DpopMode, IssuerModel } from "./policy-model.js";
import { quoteText } from "./quote-text.js";
import { readDuration } from "./read-duration.js";
import { itemsOf, textOf, textsOf, valueAt } from "./read-node.js";
import { resolveEncryption } from "./resolve-ring.js";
import { resolveCacheSize } from "./resolve-cache-size.js";
import { resolveKeys } from "./resolve-keys.js";
import { resolveProfile } from "./resolve-profile.js";
import { byName } from "./sort-names.js";
import { helpToChoose } from "./suggest-name.js";

const algorithms: readonly Algorithm[] = ["HS256", "RS256", "ES256", "Ed25519", "EdDSA"];

const dpopModes: readonly DpopMode[] = ["off", "allowed", "required"];

/** More than a minute forgives a wrong clock rather than a slow one. */
const MAX_CLOCK_TOLERANCE = 60;
const DEFAULT_CLOCK_TOLERANCE = 30;

/** The issuers whose tokens are accepted, sorted by name. */
export function resolveTokens(
  entries: readonly PolicyEntry[],
  report: Report,
): readonly IssuerModel[] {
  const issuers = entries.flatMap((entry) => resolveIssuer(entry, report));
  const first = new Map<string, IssuerModel>();
  for (const issuer of issuers) {
    const earlier = first.get(issuer.issuer);
    if (earlier === undefined) first.set(issuer.issuer, issuer);
    else {
      report({
        code: "duplicate-issuer",
        message: `${quoteText(issuer.name)} and ${quoteText(earlier.name)} name the same issuer`,
        at: issuer.at,
        help: "a token names its issuer alone, so one entry must say all about it",
        related: [{ message: "first named here", at: earlier.at }],
      });
    }
  }
  return issuers.toSorted(byName);
}

function resolveIssuer(entry: PolicyEntry, report: Report): readonly IssuerModel[] {
  const { value, keyAt: at } = entry;
  const issuer = requiredText(entry, "issuer", report);
  const audience = resolveAudience(entry, report);
  const chosen = resolveAlgorithms(entry, report);
  const keys = resolveKeys(entry, chosen, report);
  const clockToleranceSeconds = resolveClockTolerance(valueAt(value, "clockTolerance"), report);
  const profile = resolveProfile(entry, report);
  const maxLifetimeSeconds = resolveMaxLifetime(valueAt(value, "maxLifetime"), report);
  const encryption = resolveEncryption(value, keys, report);
  if (issuer === undefined || keys === undefined) return [];
  return [
    {
      name: entry.key,
      at,
      issuer,
      audience,
      algorithms: chosen,
      keys,
      dpop: resolveDpopMode(valueAt(value, "dpop")),
      cacheEntries: resolveCacheSize(valueAt(valueAt(value, "cache"), "maxEntries"), report),
      ...profile,
      clockToleranceSeconds,
      maxLifetimeSeconds,
      encryption,
    },
  ];
}

function resolveDpopMode(node: PolicyNode | undefined): DpopMode {
  return dpopModes.find((mode) => mode === textOf(node)) ?? "off";
}

function requiredText(entry: PolicyEntry, key: string, report: Report): string | undefined {
  const text = textOf(valueAt(entry.value, key));
  if (text !== undefined && text.trim() !== "") return text;
  report({
    code: "incomplete-token",
    message: `${quoteText(entry.key)} names no ${key}`,
    at: valueAt(entry.value, key)?.at ?? entry.keyAt,
    help: `write \`${key}:\` as the tokens carry it`,
  });
  return undefined;
}

function resolveAudience(entry: PolicyEntry, report: Report): readonly string[] {
  const audience = textsOf(valueAt(entry.value, "audience")).filter((name) => name.trim() !== "");
  if (audience.length === 0) requiredText(entry, "audience", report);
  return [...new Set(audience)].toSorted();
}

function resolveAlgorithms(entry: PolicyEntry, report: Report): readonly Algorithm[] {
  const node = valueAt(entry.value, "algorithms");
  const chosen = new Set<Algorithm>();
  for (const item of itemsOf(node)) {
    const name = textOf(item);
    const algorithm = algorithms.find((known) => known === name);
    if (algorithm !== undefined) chosen.add(algorithm);
    else {
      report({
        code: "unknown-algorithm",
        message:
          name === undefined ? "an algorithm is a text" : `unknown algorithm ${quoteText(name)}`,
        at: item.at,
        help: helpToChoose(name, algorithms),
      });
    }
  }
  if (itemsOf(node).length === 0) {
    report({
      code: "incomplete-token",
      message: `${quoteText(entry.key)} names no algorithm`,
      at: node?.at ?? entry.keyAt,
      help: `choose among ${algorithms.join(", ")}`,
    });
  }
  if (chosen.has("HS256") && chosen.size > 1) {
    report({
      code: "mixed-algorithms",
      message: "HS256 stands beside algorithms with public keys",
      at: node?.at ?? entry.keyAt,
      help: "a public key could be taken for the shared secret: give HS256 an issuer of its own",
    });
  }
  return [...chosen].toSorted();
}

function resolveClockTolerance(node: PolicyNode | undefined, report: Report): number {
  if (node === undefined) return DEFAULT_CLOCK_TOLERANCE;
  const seconds = readDuration(node);
  if (seconds !== undefined && seconds <= MAX_CLOCK_TOLERANCE) return seconds;
  report({
    code: "bad-clock-tolerance",
    message: "`clockTolerance` is not a duration of 0 to 60 seconds",
    at: node.at,
    help: "write it like `30s`",
  });
  return 0;
}

function resolveMaxLifetime(node: PolicyNode | undefined, report: Report): number | undefined {
  const seconds = readDuration(node);
  if (node === undefined || (seconds !== undefined && seconds > 0)) return seconds;
  report({
    code: "bad-lifetime",
    message: "`maxLifetime` is not a duration of at least a second",
    at: node.at,
    help: "write it like `15m` or `1h`",
  });
  return undefined;
}
