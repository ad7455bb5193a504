import type { PolicyEntry, PolicyNode } from "../1-load/policy-document.js";
import { closest } from "../diagnostics/did-you-mean.js";
import type { Report } from "./mistake.js";
import type { DpopModel, IssuerModel } from "./policy-model.js";
import { readDuration } from "./read-duration.js";
import { entriesOf, numberOf, textOf, textsOf, valueAt } from "./read-node.js";
import { resolveOrigins } from "./resolve-origins.js";

type DpopAlgorithm = DpopModel["algorithms"][number];

const algorithms: readonly DpopAlgorithm[] = ["ES256", "Ed25519", "EdDSA", "RS256"];
const DEFAULT_ALGORITHMS: readonly DpopAlgorithm[] = ["ES256", "Ed25519"];

const DEFAULT_AGE = 60;
const MIN_AGE = 5;
const MAX_AGE = 300;

const DEFAULT_ENTRIES = 100_000;
const MAX_ENTRIES = 10_000_000;

interface DpopUsers {
  /** As written. */
  readonly tokens: readonly PolicyEntry[];
  readonly issuers: readonly IssuerModel[];
}

/** What is asked of proofs where some issuer's tokens are bound to keys; undefined where none are. */
export function resolveDpop(
  section: PolicyEntry | undefined,
  { tokens, issuers }: DpopUsers,
  report: Report,
): DpopModel | undefined {
  const body = section?.value;
  const chosen = textsOf(valueAt(body, "algorithms"));
  const named = algorithms.filter((name) => chosen.includes(name));
  const model: DpopModel = {
    algorithms: named.length > 0 ? named : DEFAULT_ALGORITHMS,
    maxAgeSeconds: resolveAge(valueAt(body, "maxAge"), report),
    nonce: textOf(valueAt(body, "nonce")) === "required",
    origins: resolveOrigins(valueAt(body, "origins"), "dpop", report),
    replay: textOf(valueAt(body, "replay")) === "redis" ? "redis" : "memory",
    maxEntries: resolveSize(valueAt(body, "maxEntries"), report),
  };
  if (issuers.some(({ dpop }) => dpop !== "off")) return model;
  const areKnown = issuers.length > 0 && issuers.length === tokens.length;
  if (section !== undefined && areKnown && tokens.every(isSettled)) {
    report({
      code: "unused-dpop",
      message: "`dpop` says what proofs must be, and no issuer's tokens need one",
      at: section.keyAt,
      help: "write `dpop: allowed` or `dpop: required` at an issuer under `tokens`",
    });
  }
  return undefined;
}

/** Whether an issuer says what it means about proofs; of a key or word that is near, a mistake is told already. */
function isSettled({ value }: PolicyEntry): boolean {
  const said = textOf(valueAt(value, "dpop")) ?? "off";
  const isNear = entriesOf(value).some(
    ({ key }) => key !== "dpop" && closest(key, ["dpop"]) !== undefined,
  );
  return said === "off" && !isNear;
}

function resolveAge(node: PolicyNode | undefined, report: Report): number {
  if (node === undefined) return DEFAULT_AGE;
  const seconds = readDuration(node);
  if (seconds !== undefined && seconds >= MIN_AGE && seconds <= MAX_AGE) return seconds;
  report({
    code: "bad-dpop-age",
    message: "`maxAge` is not a duration of 5 seconds to 5 minutes",
    at: node.at,
    help: "write it like `60s`: for so long, whoever gets hold of a proof before its request could use it",
  });
  return DEFAULT_AGE;
}

function resolveSize(node: PolicyNode | undefined, report: Report): number {
  if (node === undefined) return DEFAULT_ENTRIES;
  const size = numberOf(node) ?? 0;
  if (Number.isInteger(size) && size >= 1 && size <= MAX_ENTRIES) return size;
  report({
    code: "bad-dpop-size",
    message: `\`maxEntries\` is not a whole number from 1 to ${MAX_ENTRIES}`,
    at: node.at,
    help: `leave it out for ${DEFAULT_ENTRIES}`,
  });
  return DEFAULT_ENTRIES;
}
