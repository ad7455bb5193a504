import type { PolicyEntry, PolicyNode } from "../1-load/policy-document.js";
import type { SourceSpan } from "../diagnostics/diagnostic.js";
import type { Report } from "./mistake.js";
import type { Algorithm, IssuerModel, KeySource, RingModel } from "./policy-model.js";
import { readDuration } from "./read-duration.js";
import { readEnvironment, readFile } from "./read-key-place.js";
import { entriesOf, textOf, valueAt } from "./read-node.js";

const DEFAULT_SLICE_SECONDS = 3600;
const MIN_SLICE_SECONDS = 60;
const MAX_SLICE_SECONDS = 86_400;

type Origin = Pick<RingModel, "from" | "place">;

/** `keys: { ring: … }`. Undefined after a reported mistake that leaves no ring. */
export function resolveRing(
  ring: PolicyEntry,
  algorithms: readonly Algorithm[],
  report: Report,
): RingModel | undefined {
  const origin = resolveOrigin(ring, report);
  const strategy = strategies.find((name) => name === textOf(valueAt(ring.value, "strategy")));
  const isDerived = strategy === "sliced" || strategy === "per-token";
  if (isDerived && algorithms.some((name) => name !== "HS256")) {
    report({
      code: "bad-ring",
      message: `the derived keys of \`${strategy}\` are secrets, for HS256 alone`,
      at: valueAt(ring.value, "strategy")?.at ?? ring.keyAt,
      help: "write `algorithms: [HS256]`, or have the ring store its keys with `strategy: global`",
    });
  }
  const sliceSeconds = resolveSlice(ring.value, strategy, report);
  if (origin === undefined) return undefined;
  return { kind: "ring", ...origin, strategy: strategy ?? "global", sliceSeconds };
}

const strategies = ["global", "sliced", "per-token"] as const;

function resolveOrigin(ring: PolicyEntry, report: Report): Origin | undefined {
  const named = entriesOf(ring.value).filter(({ key }) => origins.includes(key));
  const [origin, ...others] = named;
  if (origin === undefined || others.length > 0) {
    const message = origin === undefined ? "no source of its keys" : "several sources of its keys";
    report({
      code: "bad-ring",
      message: `the ring names ${message}`,
      at: ring.keyAt,
      help: "write one of `file`, `environment` or `from: application`",
    });
    return undefined;
  }
  if (origin.key === "from") return { from: "application", place: "" };
  const from = origin.key === "file" ? "file" : "environment";
  const read = from === "file" ? readFile : readEnvironment;
  const reading = read(textOf(origin.value) ?? "");
  if (reading.ok) return { from, place: reading.keys.place };
  report({ ...reading, at: origin.value.at });
  return undefined;
}

const origins: readonly string[] = ["file", "environment", "from"];

function resolveSlice(node: PolicyNode, strategy: string | undefined, report: Report): number {
  const slice = entriesOf(node).find(({ key }) => key === "slice");
  if (slice === undefined) return DEFAULT_SLICE_SECONDS;
  const seconds = readDuration(slice.value) ?? 0;
  const isFit = seconds >= MIN_SLICE_SECONDS && seconds <= MAX_SLICE_SECONDS;
  if (strategy === "sliced" && isFit) return seconds;
  report({
    code: "bad-ring",
    message: isFit
      ? "only `strategy: sliced` has slices"
      : "`slice` is not a duration of `1m` to `24h`",
    at: isFit ? slice.keyAt : slice.value.at,
    help: isFit ? "write `strategy: sliced`, or leave `slice` out" : "write it like `1h`",
  });
  return DEFAULT_SLICE_SECONDS;
}

/** `encryption: A256GCM`; other values are refused before. */
export function resolveEncryption(
  value: PolicyNode,
  keys: KeySource | undefined,
  report: Report,
): IssuerModel["encryption"] {
  const entry = entriesOf(value).find(({ key }) => key === "encryption");
  if (entry === undefined) return undefined;
  if (keys !== undefined && keys.kind !== "ring") reportKeyless(entry.keyAt, report);
  return "A256GCM";
}

function reportKeyless(at: SourceSpan, report: Report): void {
  report({
    code: "bad-ring",
    message: "`encryption` needs a key ring",
    at,
    help: "write `keys: { ring: … }`: the key that decrypts is a secret of both sides",
  });
}
