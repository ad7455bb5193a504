import type { PolicyEntry, PolicyNode } from "../1-load/policy-document.js";
import type { Report } from "./mistake.js";
import type { CorsModel } from "./policy-model.js";
import { quoteText } from "./quote-text.js";
import { readDuration } from "./read-duration.js";
import { booleanOf, itemsOf, textOf, valueAt } from "./read-node.js";
import { resolveOrigins } from "./resolve-origins.js";
import { byName } from "./sort-names.js";
import { createSuggestName } from "./suggest-name.js";

/** Fetch standard, 4.8: how long a preflight's answer holds where the response says nothing. */
const DEFAULT_MAX_AGE = 5;
/** Browsers keep a preflight's answer for a day at the most. */
const MAX_MAX_AGE = 86_400;

/** RFC 9110, section 5.1: a field name is a token. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** The rules of `cors`, sorted by name. */
export function resolveCors(entries: readonly PolicyEntry[], report: Report): readonly CorsModel[] {
  const rules = entries.map((entry) => resolveRule(entry, report));
  const [first, second] = rules.filter(({ isDefault }) => isDefault);
  if (first !== undefined && second !== undefined) {
    report({
      code: "two-cors-defaults",
      message: `both ${quoteText(first.name)} and ${quoteText(second.name)} are the default`,
      at: second.at,
      help: "leave `default` out of one, and name the rule where it applies",
      related: [{ message: "the other default", at: first.at }],
    });
  }
  return rules.toSorted(byName);
}

function resolveRule({ key, keyAt, value }: PolicyEntry, report: Report): CorsModel {
  const node = valueAt(value, "credentials");
  const credentials = booleanOf(node) ?? false;
  const origins = resolveOrigins(valueAt(value, "origins"), "cors", report);
  if (key === "none") {
    report({
      code: "reserved-name",
      message: "a rule of `cors` cannot be called `none`",
      at: keyAt,
      help: "choose another name: `cors: none` takes a group out of the default",
    });
  }
  if (credentials && origins.includes("*")) {
    report({
      code: "cors-wildcard-credentials",
      message: "every page of the web could send requests with a user's credentials",
      at: node?.at ?? keyAt,
      help: "name the origins, or leave `credentials` out",
    });
  }
  return {
    name: key,
    at: keyAt,
    origins,
    headers: resolveHeaders(valueAt(value, "headers"), report),
    exposedHeaders: resolveHeaders(valueAt(value, "exposedHeaders"), report),
    credentials,
    maxAgeSeconds: resolveMaxAge(valueAt(value, "maxAge"), report),
    isDefault: booleanOf(valueAt(value, "default")) ?? false,
  };
}

/** As written, each once: their letter case means nothing. */
function resolveHeaders(node: PolicyNode | undefined, report: Report): readonly string[] {
  const headers = new Map<string, string>();
  for (const item of itemsOf(node)) {
    const name = textOf(item) ?? "";
    if (TOKEN.test(name) && name !== "*") headers.set(name.toLowerCase(), name);
    else {
      report({
        code: "bad-header-name",
        message: `${quoteText(name)} is not the name of a header`,
        at: item.at,
        help: "name each header: `*` does not stand for `Authorization`, and not for any header of a request with credentials",
      });
    }
  }
  return [...headers.values()].toSorted();
}

function resolveMaxAge(node: PolicyNode | undefined, report: Report): number {
  if (node === undefined) return DEFAULT_MAX_AGE;
  const seconds = readDuration(node);
  if (seconds !== undefined && seconds <= MAX_MAX_AGE) return seconds;
  report({
    code: "bad-max-age",
    message: "`maxAge` is not a duration of at most 24 hours",
    at: node.at,
    help: "write it like `30s`, `10m` or `1h`",
  });
  return DEFAULT_MAX_AGE;
}

/** The rule that a group names; undefined for `none` and after a reported mistake. */
export function findCors(
  entry: PolicyEntry,
  rules: readonly CorsModel[],
  report: Report,
): CorsModel | undefined {
  const name = textOf(entry.value) ?? "";
  const rule = rules.find((candidate) => candidate.name === name);
  if (rule !== undefined || name === "none") return rule;
  const suggest = createSuggestName(rules.map((known) => known.name));
  report({
    code: "unknown-cors",
    message: `unknown rule ${quoteText(name)} of \`cors\``,
    at: entry.value.at,
    help: suggest(name) ?? "declare it under `cors`, or write `none`",
  });
  return undefined;
}
