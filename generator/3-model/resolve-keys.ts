import type { PolicyEntry } from "../1-load/policy-document.js";
import type { Report } from "./mistake.js";
import { readEnvironment, readFile, readUrl } from "./read-key-place.js";
import type { PlaceReading } from "./read-key-place.js";
import type { Algorithm, KeySource } from "./policy-model.js";
import { quoteText } from "./quote-text.js";
import { entriesOf, textOf, valueAt } from "./read-node.js";
import { resolveRing } from "./resolve-ring.js";

/** Where an issuer's keys are found: by name, never the key itself. Undefined after a reported mistake. */
export function resolveKeys(
  token: PolicyEntry,
  algorithms: readonly Algorithm[],
  report: Report,
): KeySource | undefined {
  const node = valueAt(token.value, "keys");
  const sources = entriesOf(node).filter(({ key }) => key === RING || readers.has(key));
  const [source] = sources;
  if (source === undefined || sources.length > 1) {
    report({
      code: "bad-keys",
      message:
        sources.length > 1
          ? `${quoteText(token.key)} names more than one source of keys`
          : `${quoteText(token.key)} names no source of keys`,
      at: node?.at ?? token.keyAt,
      help: "write one of `file`, `url`, `environment` or `ring`",
    });
    return undefined;
  }
  if (source.key === RING) return resolveRing(source, algorithms, report);
  if (algorithms.includes("HS256") && source.key !== "environment") {
    report({
      code: "shared-secret-source",
      message: `the shared secret of HS256 cannot come from \`${source.key}\``,
      at: source.keyAt,
      help: "name an environment variable, or sign with a private key",
    });
  }
  const reading = readers.get(source.key)?.(textOf(source.value) ?? "");
  if (reading?.ok !== false) return reading?.keys;
  report({ ...reading, at: source.value.at });
  return undefined;
}

const RING = "ring";

const readers: ReadonlyMap<string, (text: string) => PlaceReading> = new Map([
  ["file", readFile],
  ["url", readUrl],
  ["environment", readEnvironment],
]);
