import type { PolicyEntry, PolicyNode } from "../1-load/policy-document.js";
import type { Report } from "./mistake.js";
import type { StrategyModel, TokenStoreModel } from "./authentication-model.js";
import type { KeyPlace } from "./policy-model.js";
import { quoteText } from "./quote-text.js";
import { readEnvironment, readFile } from "./read-key-place.js";
import { booleanOf, entriesOf, itemsOf, textOf, valueAt } from "./read-node.js";
import { reportKeyReading, resolveAllowList } from "./resolve-allow-list.js";
import { helpToChoose } from "./suggest-name.js";

const kinds = ["tokens", "opaque", "allowList", "application"] as const;

const stores: readonly TokenStoreModel["kind"][] = ["memory", "sqlite", "redis", "application"];

/** A reason is for the reviewer: shorter than this it gives none. */
const MIN_REASON = 10;

/** RFC 9110, section 5.1: a field name is a token. */
const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;

/** Their meaning is fixed: `authorization` and `cookie` have readers of their own. */
const TAKEN_HEADERS = ["authorization", "proxy-authorization", "cookie", "host"];

/** One entry of `strategies`; after a mistake one that looks like no other, so that it is said once. */
export function resolveStrategy(
  entry: PolicyEntry,
  issuers: readonly string[],
  report: Report,
): StrategyModel {
  const { key: name, keyAt: at, value } = entry;
  const broken: StrategyModel = { kind: "application", name, at, header: name };
  const [said, another] = entriesOf(value).filter(({ key }) => kinds.some((kind) => kind === key));
  if (said === undefined || another !== undefined) {
    report({
      code: "bad-strategy",
      message: `strategy ${quoteText(name)} says ${said === undefined ? "no kind of credentials" : "more than one kind of credentials"}`,
      at: another?.keyAt ?? at,
      help: `write one of ${kinds.map(quoteText).join(", ")}`,
    });
    return broken;
  }
  if (said.key === "tokens") {
    return { kind: "tokens", name, at, issuers: resolveIssuers(said, issuers, report) };
  }
  if (said.key === "application") {
    return { kind: "application", name, at, header: resolveHeader(said, report) };
  }
  const pepper = resolvePepper(said, "pepper", report);
  const hasPrevious = valueAt(said.value, "previousPepper") !== undefined;
  const previousPepper = hasPrevious ? resolvePepper(said, "previousPepper", report) : undefined;
  if (said.key === "opaque") {
    const store = resolveStore(said, report);
    return pepper === undefined
      ? broken
      : { kind: "opaque", name, at, pepper, previousPepper, store };
  }
  const tokens = resolveAllowList(said, report);
  return pepper === undefined
    ? broken
    : { kind: "allow-list", name, at, pepper, previousPepper, tokens };
}

/** `*` stands for all issuers, those that are added later too. */
function resolveIssuers(
  { keyAt, value }: PolicyEntry,
  all: readonly string[],
  report: Report,
): readonly string[] {
  const items = itemsOf(value);
  if (items.length === 0)
    mistake("it names no issuer", keyAt, 'name one of `tokens`, or write `"*"`', report);
  const names = items.flatMap((item) => {
    const name = textOf(item) ?? "";
    if (name === "*") return all;
    if (all.includes(name)) return name;
    report({
      code: "unknown-issuer",
      message: `unknown issuer ${quoteText(name)}`,
      at: item.at,
      help: all.length === 0 ? "declare it under `tokens`" : helpToChoose(name, all),
    });
    return [];
  });
  return [...new Set(names)].toSorted();
}

function resolveHeader({ value }: PolicyEntry, report: Report): string | undefined {
  const node = valueAt(value, "header");
  const header = textOf(node)?.toLowerCase();
  if (booleanOf(value) === true) return undefined;
  if (header !== undefined && FIELD_NAME.test(header) && !TAKEN_HEADERS.includes(header)) {
    return header;
  }
  const help =
    "name a header that nothing else reads, like `x-api-key`; `application: true` reads the whole request";
  mistake(
    "`header` is no header that the application could read credentials from",
    node?.at ?? value.at,
    help,
    report,
  );
  return undefined;
}

function resolvePepper(
  { keyAt, value }: PolicyEntry,
  key: "pepper" | "previousPepper",
  report: Report,
): KeyPlace | undefined {
  const node = valueAt(value, key);
  const [source, another] = entriesOf(node);
  const isKnown = source?.key === "file" || source?.key === "environment";
  if (source === undefined || another !== undefined || !isKnown) {
    const help = "write one of `environment` and `file`";
    mistake(`\`${key}\` names not one source`, node?.at ?? keyAt, help, report);
    return undefined;
  }
  const read = source.key === "file" ? readFile : readEnvironment;
  const reading = read(textOf(source.value) ?? "");
  return reportKeyReading(reading, source.value.at, report);
}

function resolveStore({ value }: PolicyEntry, report: Report): TokenStoreModel {
  const node = valueAt(value, "store");
  const written = textOf(node) ?? "memory";
  const kind = stores.find((known) => known === written) ?? "memory";
  if (node !== undefined && kind !== written) {
    mistake(`unknown store ${quoteText(written)}`, node.at, helpToChoose(written, stores), report);
  }
  const volatile = entriesOf(value).find(({ key }) => key === "volatile");
  if (volatile === undefined) return { kind, isVolatile: false };
  if (kind !== "memory") {
    const help = "leave it out: only tokens in memory end with the process";
    mistake(`\`volatile\` stands beside \`store: ${kind}\``, volatile.keyAt, help, report);
  }
  if ((textOf(volatile.value)?.trim() ?? "").length < MIN_REASON) {
    report({
      code: "short-reason",
      message: "`volatile` gives no reason",
      at: volatile.value.at,
      help: `say in at least ${MIN_REASON} characters why tokens may end with the process`,
    });
  }
  return { kind, isVolatile: true };
}

function mistake(message: string, at: PolicyNode["at"], help: string, report: Report): void {
  report({ code: "bad-strategy", message, at, help });
}
