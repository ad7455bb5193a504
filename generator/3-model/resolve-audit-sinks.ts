import type { PolicyEntry, PolicyNode } from "../1-load/policy-document.js";
import { closest } from "../diagnostics/did-you-mean.js";
import { sinkKinds } from "./audit-log-model.js";
import type { AuditSinkModel, AuditSinkSettings, SinkKind } from "./audit-log-model.js";
import type { Report } from "./mistake.js";
import { quoteText } from "./quote-text.js";
import { readAuditPlace } from "./read-audit-place.js";
import { readDuration } from "./read-duration.js";
import { readUrl } from "./read-key-place.js";
import { booleanOf, entriesOf, itemsOf, textOf, valueAt } from "./read-node.js";
import { readSize } from "./read-size.js";
import { resolveAuditPath } from "./resolve-settings.js";
import { byName } from "./sort-names.js";

/** Keys that only some kinds have, and whether they need them. */
const ownKeys: Readonly<Record<SinkKind, Readonly<Record<string, "needed" | "may">>>> = {
  jsonl: { path: "needed", rotate: "may" },
  loki: { url: "needed", secret: "may", labels: "may" },
  nats: { subject: "may" },
  otlp: { url: "needed", secret: "may", labels: "may" },
  postgres: { schema: "may" },
  sqlite: { path: "needed" },
  stdout: {},
  webhook: { url: "needed", secret: "needed", format: "may" },
};

const COMMON_KEYS: ReadonlySet<string> = new Set(["kind", "required", "categories", "fallBack"]);

export interface SinkScope {
  readonly folder: string;
  /** Of the categories that there are. */
  readonly names: ReadonlySet<string>;
}

/** The sinks of the log, sorted by name; a file in its folder where the policy names none. */
export function resolveAuditSinks(
  section: PolicyEntry | undefined,
  scope: SinkScope,
  report: Report,
): readonly AuditSinkModel[] {
  if (section === undefined) {
    const settings = { path: `${scope.folder}/events.jsonl` };
    const all = { isRequired: true, categories: undefined, fallBack: undefined };
    return [{ name: "file", kind: "jsonl", ...all, settings }];
  }
  const sinks = entriesOf(section.value).map((entry) => resolveSink(entry, scope, report));
  const required = sinks.find(({ isRequired }) => isRequired);
  if (required === undefined) {
    report({
      code: "bad-audit-sink",
      message: "no sink is required, so the log may delete what none has",
      at: section.keyAt,
      help: "leave `required: false` out at one of them",
    });
  }
  return sinks.toSorted(byName);
}

function resolveSink(entry: PolicyEntry, scope: SinkScope, report: Report): AuditSinkModel {
  const { key: name, value } = entry;
  const kind = sinkKinds.find((known) => known === textOf(valueAt(value, "kind"))) ?? "jsonl";
  const own = ownKeys[kind];
  for (const { key, keyAt } of entriesOf(value)) {
    if (COMMON_KEYS.has(key) || Object.hasOwn(own, key)) continue;
    report({
      code: "bad-audit-sink",
      message: `a sink of the kind \`${kind}\` has no \`${key}\``,
      at: keyAt,
      help: `it may have ${[...COMMON_KEYS, ...Object.keys(own)].map(quoteText).join(", ")}`,
    });
  }
  const missing = Object.keys(own).find(
    (key) => own[key] === "needed" && valueAt(value, key) === undefined,
  );
  if (missing !== undefined) {
    report({
      code: "bad-audit-sink",
      message: `a sink of the kind \`${kind}\` needs \`${missing}\``,
      at: entry.keyAt,
      help: `write \`${missing}\``,
    });
  }
  const fallBack = valueAt(value, "fallBack");
  return {
    name,
    kind,
    isRequired: booleanOf(valueAt(value, "required")) ?? true,
    categories: resolveNames(valueAt(value, "categories"), scope.names, report),
    fallBack: fallBack === undefined ? undefined : resolveFallBack(fallBack, report),
    settings: resolveSettings(value, report),
  };
}

function resolveNames(
  node: PolicyNode | undefined,
  names: ReadonlySet<string>,
  report: Report,
): readonly string[] | undefined {
  if (node === undefined) return undefined;
  return itemsOf(node).flatMap((item) => {
    const name = textOf(item) ?? "";
    if (names.has(name)) return name;
    const near = closest(name, [...names]);
    report({
      code: "unknown-category",
      message: `unknown category ${quoteText(name)}`,
      at: item.at,
      help:
        near === undefined
          ? "declare it under `audit.categories`"
          : `did you mean ${quoteText(near)}?`,
    });
    return [];
  });
}

function resolveFallBack(node: PolicyNode, report: Report): AuditSinkModel["fallBack"] {
  const after = valueAt(node, "after");
  const afterSeconds = readDuration(after);
  if (afterSeconds === undefined) {
    report({
      code: "bad-audit-sink",
      message: "`after` is no length of time",
      at: after?.at ?? node.at,
      help: "write for how long the sink may be down, such as `30s`",
    });
  }
  const path = resolveAuditPath(valueAt(node, "path"), "audit/fall-back.jsonl", report);
  return { afterSeconds: afterSeconds ?? 0, path };
}

function resolveSettings(value: PolicyNode, report: Report): AuditSinkSettings {
  const text = (key: string) => textOf(valueAt(value, key));
  const path = valueAt(value, "path");
  const url = valueAt(value, "url");
  const secret = readAuditPlace(value, "secret", report);
  const rotate = valueAt(value, "rotate");
  const labels = valueAt(value, "labels");
  const format = text("format");
  const subject = text("subject");
  const schema = text("schema");
  return {
    ...(path && { path: resolveAuditPath(path, "audit/events", report) }),
    ...(rotate && { rotate: resolveRotation(rotate, report) }),
    ...(url && { url: resolveUrl(url, report) }),
    ...(secret && { secret }),
    ...((format === "ndjson" || format === "json") && { format }),
    ...(subject !== undefined && { subject }),
    ...(schema !== undefined && { schema }),
    ...(labels && {
      labels: Object.fromEntries(
        entriesOf(labels).map(({ key, value: label }) => [key, textOf(label) ?? ""]),
      ),
    }),
  };
}

function resolveRotation(
  node: PolicyNode,
  report: Report,
): NonNullable<AuditSinkSettings["rotate"]> {
  const size = valueAt(node, "size");
  const bytes = size === undefined ? undefined : readSize(size, report);
  const isDaily = textOf(valueAt(node, "every")) === "day";
  return { ...(bytes !== undefined && { bytes }), ...(isDaily && { every: "day" as const }) };
}

function resolveUrl(node: PolicyNode, report: Report): string {
  const url = textOf(node) ?? "";
  const reading = readUrl(url);
  if (reading.ok) return url;
  if (reading.code === "literal-secret") report({ ...reading, at: node.at });
  else {
    report({
      code: "bad-audit-sink",
      message: "events cannot be sent to this address",
      at: node.at,
      help: "write an `https://` address; `http://` is for localhost alone",
    });
  }
  return url;
}
