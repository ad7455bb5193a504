import type { PolicyEntry, PolicyNode } from "../1-load/policy-document.js";
import { closest } from "../diagnostics/did-you-mean.js";
import type { Report } from "./mistake.js";
import type { ClaimPath, IssuerModel } from "./policy-model.js";
import type { RevocationModel } from "./revocation-model.js";
import { quoteText } from "./quote-text.js";
import { readClaimPath } from "./read-claim-path.js";
import { readDuration } from "./read-duration.js";
import { entriesOf, numberOf, textOf, valueAt } from "./read-node.js";

const DEFAULT_SESSION: ClaimPath = ["sid"];
const DEFAULT_EPOCH: ClaimPath = ["epoch"];

const DEFAULT_ENTRIES = 100_000;
const MAX_ENTRIES = 10_000_000;

const DEFAULT_STALE_SECONDS = 5;
const MAX_STALE_SECONDS = 300;

/** Whether and how tokens can be revoked; undefined where they cannot. */
export function resolveRevocation(
  section: PolicyEntry | undefined,
  issuers: readonly IssuerModel[],
  report: Report,
): RevocationModel | undefined {
  if (section === undefined) return undefined;
  const body = section.value;
  const store = textOf(valueAt(body, "store")) === "redis" ? "redis" : "memory";
  const tenant = valueAt(body, "tenant");
  return {
    store,
    keepSeconds: resolveKeep(section, issuers, report),
    maxEntries: resolveSize(valueAt(body, "maxEntries"), report),
    stale: resolveStale(body, report),
    session: pathAt(body, "session", report) ?? DEFAULT_SESSION,
    epoch: pathAt(body, "epoch", report) ?? DEFAULT_EPOCH,
    tenant: tenant === undefined ? undefined : readClaimPath(tenant, report),
  };
}

function pathAt(body: PolicyNode, key: string, report: Report): ClaimPath | undefined {
  const node = valueAt(body, key);
  return node === undefined ? undefined : readClaimPath(node, report);
}

/** An entry that is dropped while a token of its kind lives would let that token pass again. */
function resolveKeep(
  { keyAt, value }: PolicyEntry,
  issuers: readonly IssuerModel[],
  report: Report,
): number {
  const node = valueAt(value, "keep");
  const unlimited = issuers.find(({ maxLifetimeSeconds }) => maxLifetimeSeconds === undefined);
  const needed = Math.max(0, ...issuers.map(longestLife));
  const isWhole = valueAt(value, "store") !== undefined;
  const isUnsaid = isWhole && !entriesOf(value).some(({ key }) => isNear(key));
  if (isUnsaid && (unlimited !== undefined || issuers.length === 0)) {
    report({
      code: "unbounded-revocation",
      message:
        unlimited === undefined
          ? "`revocation` stands without issuers, so nothing says how long one is kept"
          : `${quoteText(unlimited.name)} has no \`maxLifetime\`, so nothing says how long a revocation is kept`,
      at: unlimited?.at ?? keyAt,
      help: "write `maxLifetime` there, or `keep` under `revocation` with the longest life of a token",
    });
  }
  if (node === undefined) return needed;
  const seconds = readDuration(node);
  if (seconds !== undefined && seconds > 0 && seconds >= needed) return seconds;
  report({
    code: "bad-revocation-age",
    message: "`keep` is not a duration at least as long as a token can live",
    at: node.at,
    help: `write it like \`1h\`, from ${Math.max(needed, 1)}s: \`maxLifetime\` and twice \`clockTolerance\``,
  });
  return needed;
}

/** Of a key that was meant for it, a mistake is told already. */
function isNear(key: string): boolean {
  return closest(key, ["keep"]) !== undefined;
}

/** By a clock that may differ from the issuer's, and from that of the node which revokes. */
function longestLife({ maxLifetimeSeconds = 0, clockToleranceSeconds }: IssuerModel): number {
  return maxLifetimeSeconds + 2 * clockToleranceSeconds;
}

function resolveSize(node: PolicyNode | undefined, report: Report): number {
  if (node === undefined) return DEFAULT_ENTRIES;
  const size = numberOf(node) ?? 0;
  if (Number.isInteger(size) && size >= 1 && size <= MAX_ENTRIES) return size;
  report({
    code: "bad-revocation-size",
    message: `\`maxEntries\` is not a whole number from 1 to ${MAX_ENTRIES}`,
    at: node.at,
    help: `leave it out for ${DEFAULT_ENTRIES}`,
  });
  return DEFAULT_ENTRIES;
}

function resolveStale(body: PolicyNode, report: Report): RevocationModel["stale"] {
  const entry = entriesOf(body).find(({ key }) => key === "stale");
  const after = valueAt(entry?.value, "after");
  const answer = textOf(valueAt(entry?.value, "answer")) === "ask" ? "ask" : "deny";
  if (entry !== undefined && textOf(valueAt(body, "store")) === "memory") {
    report({
      code: "unused-stale",
      message: "`stale` is about a stream, and `store: memory` has none",
      at: entry.keyAt,
      help: "leave it out, or write `store: redis`",
    });
  }
  const afterSeconds = after === undefined ? DEFAULT_STALE_SECONDS : readDuration(after);
  // Without any time, every request that may not ask would be refused.
  const least = answer === "ask" ? 0 : 1;
  if (afterSeconds !== undefined && afterSeconds >= least && afterSeconds <= MAX_STALE_SECONDS) {
    return { afterSeconds, answer };
  }
  report({
    code: "bad-revocation-age",
    message: "`after` is not a duration of 1 second to 5 minutes",
    at: after?.at ?? body.at,
    help: "write it like `5s`; `0s` beside `answer: ask` asks for each request",
  });
  return { afterSeconds: DEFAULT_STALE_SECONDS, answer };
}
