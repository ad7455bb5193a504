import type { PolicyEntry, PolicyNode } from "../1-load/policy-document.js";
import { closest } from "../diagnostics/did-you-mean.js";
import type { AuditCategoryModel, AuditLogModel } from "./audit-log-model.js";
import type { AuditEventModel } from "./audit-events-model.js";
import { reportCompliance, readCompliance } from "./check-compliance.js";
import type { Report } from "./mistake.js";
import type { RouteModel } from "./policy-model.js";
import { quoteText } from "./quote-text.js";
import { readAuditPlace } from "./read-audit-place.js";
import { readDuration } from "./read-duration.js";
import { entriesOf, numberOf, textOf, valueAt } from "./read-node.js";
import { readSize } from "./read-size.js";
import { resolveAuditPath } from "./resolve-settings.js";
import { resolveAuditSinks } from "./resolve-audit-sinks.js";
import { shownParams } from "./shown-params.js";
import { byName } from "./sort-names.js";

const DEFAULT_FOLDER = "audit";
const MIB = 1024 * 1024;
const DEFAULT_LIMITS = { soft: 1024 * MIB, hard: 2048 * MIB, reserve: 4 * MIB };
const MAX_BLOCK = 10_000;
const DAY = 86_400;

/** Durable unless the policy says otherwise, and never lost without the policy's word. */
const CRITICAL = ["auth", "config_change"];
const BUILT_IN = ["access", ...CRITICAL, "business"];

export interface AuditLogScope {
  readonly routes: readonly RouteModel[];
  readonly events: readonly AuditEventModel[];
}

/** What `audit` says of its log, its categories and sinks; undefined where it has no `log`. */
export function resolveAuditLog(
  audit: PolicyEntry | undefined,
  scope: AuditLogScope,
  report: Report,
): AuditLogModel | undefined {
  const entries = entriesOf(audit?.value);
  const log = entries.find(({ key }) => key === "log");
  if (audit === undefined || log === undefined) {
    reportWithoutLog(entries, scope, report);
    return undefined;
  }
  const both = entries.find(({ key }) => key === "sink");
  if (both !== undefined) {
    report({
      code: "audit-sink-and-log",
      message: "records go to a file of their own or to the log, not to both",
      at: both.keyAt,
      help: "leave `sink` out, and write the file as one of `sinks`",
    });
  }
  const folderNode = valueAt(log.value, "folder");
  const folder = resolveAuditPath(folderNode, DEFAULT_FOLDER, report);
  const spillNode = valueAt(log.value, "spill");
  const spill = spillNode === undefined ? undefined : resolveAuditPath(spillNode, "spill", report);
  const declared = entriesOf(entries.find(({ key }) => key === "categories")?.value);
  const categories = resolveCategories(audit, declared, report);
  const names = new Set(categories.map(({ name }) => name));
  const known = (name: string, at: PolicyNode["at"]) => reportUnknown(name, { names, at }, report);
  // What a path says is said once, for all routes below it.
  const named = new Map(
    scope.routes.map(({ auditCategory: said }) => [`${said?.at.file}:${said?.at.start}`, said]),
  );
  for (const said of named.values()) if (said) known(said.name, said.at);
  for (const { category, categoryAt } of scope.events) if (categoryAt) known(category, categoryAt);
  const spilling = categories.find(({ overflow }) => overflow === "spill");
  if (spilling !== undefined && spill === undefined) {
    report({
      code: "spill-without-folder",
      message: `the category ${quoteText(spilling.name)} spills, and nothing says where to`,
      at: declared.find(({ key }) => key === spilling.name)?.keyAt ?? log.keyAt,
      help: "write `spill: audit-spill` under `audit.log`, on another disk if there is one",
    });
  }
  const sinks = resolveAuditSinks(
    entries.find(({ key }) => key === "sinks"),
    { folder, names },
    report,
  );
  const model: AuditLogModel = {
    at: log.keyAt,
    folder,
    spill,
    limits: resolveLimits(log.value, report),
    signer: readAuditPlace(log.value, "signer", report),
    categories,
    sinks,
  };
  const compliance = readCompliance(entries.find(({ key }) => key === "compliance"));
  reportCompliance(compliance, { model, declared, routes: scope.routes }, report);
  reportKeptTogether(model, declared, report);
  return withFloor(model, compliance.floor);
}

/** What only a log can do is a mistake without one. */
function reportWithoutLog(
  entries: readonly PolicyEntry[],
  { routes }: AuditLogScope,
  report: Report,
): void {
  const route = routes.find(({ auditCategory }) => auditCategory !== undefined);
  const [param] = shownParams(routes);
  const needing = entries.find(({ key }) => /^(?:categories|sinks|compliance)$/.test(key));
  const at = needing?.keyAt ?? route?.auditCategory?.at ?? param?.at;
  if (at === undefined) return;
  const asked = route === undefined ? "a parameter is to be recorded" : "a route names a category";
  report({
    code: "audit-without-log",
    message:
      needing === undefined
        ? `${asked}, and the policy has no audit log`
        : `\`${needing.key}\` is of the audit log, and there is none`,
    at,
    help: "write `log: {}` under `audit`",
  });
}

function resolveCategories(
  audit: PolicyEntry,
  declared: readonly PolicyEntry[],
  report: Report,
): readonly AuditCategoryModel[] {
  reportWithoutOverflow(audit, declared, report);
  const names = [...new Set([...BUILT_IN, ...declared.map(({ key }) => key)])];
  return names
    .map((name) => {
      const entry = declared.find(({ key }) => key === name);
      const value = entry?.value;
      const isCritical = CRITICAL.includes(name);
      const overflow = textOf(valueAt(value, "overflow"));
      return {
        name,
        purpose: textOf(valueAt(value, "purpose")),
        durability: isDurable(value, isCritical) ? ("durable" as const) : ("accepted" as const),
        overflow: overflows.find((known) => known === overflow) ?? "fail_closed",
        blockMilliseconds: resolveBlock(valueAt(value, "blockMilliseconds"), report),
        isCritical,
        ...resolveRetention(valueAt(value, "retention"), report),
      };
    })
    .toSorted(byName);
}

/** P5: of what must not be lost, the policy says it; both together are one mistake. */
function reportWithoutOverflow(
  audit: PolicyEntry,
  declared: readonly PolicyEntry[],
  report: Report,
): void {
  const open = CRITICAL.filter((name) => {
    const entry = declared.find(({ key }) => key === name);
    return valueAt(entry?.value, "overflow") === undefined;
  });
  if (open.length === 0) return;
  const first = declared.find(({ key }) => open.includes(key));
  const examples = open.map((name) => `\`${name}: { overflow: fail_closed }\``);
  report({
    code: "audit-without-overflow",
    message: `nothing says what becomes of events of ${open.map(quoteText).join(" and ")} where there is no room for them`,
    at: first?.keyAt ?? audit.keyAt,
    help: `write ${examples.join(" and ")} under \`categories\``,
  });
}

const overflows = ["fail_closed", "drop_newest", "drop_oldest", "spill"] as const;

function isDurable(value: PolicyNode | undefined, isCritical: boolean): boolean {
  const said = textOf(valueAt(value, "durability"));
  return said === undefined ? isCritical : said === "durable";
}

function resolveBlock(node: PolicyNode | undefined, report: Report): number {
  const milliseconds = node === undefined ? 0 : numberOf(node);
  if (
    milliseconds !== undefined &&
    Number.isInteger(milliseconds) &&
    milliseconds >= 0 &&
    milliseconds <= MAX_BLOCK
  ) {
    return milliseconds;
  }
  report({
    code: "bad-block",
    message: `\`blockMilliseconds\` is not a whole number from 0 to ${MAX_BLOCK}`,
    at: node?.at ?? { file: "", start: 0, end: 0 },
    help: "leave it out to wait for nothing",
  });
  return 0;
}

function resolveRetention(
  node: PolicyNode | undefined,
  report: Report,
): Pick<AuditCategoryModel, "floor" | "ceiling"> {
  const bound = (key: "floor" | "ceiling") => {
    const value = valueAt(node, key);
    if (value === undefined) return undefined;
    const seconds = readDuration(value);
    if (seconds === undefined || seconds < 1) {
      report({
        code: "bad-retention",
        message: `\`${key}\` is no length of time`,
        at: value.at,
        help: "write days, such as `183d`",
      });
      return undefined;
    }
    return seconds;
  };
  const floor = bound("floor");
  const ceiling = bound("ceiling");
  if (node !== undefined && floor !== undefined && ceiling !== undefined && ceiling < floor) {
    report({
      code: "bad-retention",
      message: "`ceiling` is below `floor`",
      at: valueAt(node, "ceiling")?.at ?? node.at,
      help: "no event can be kept longer than it may be kept",
    });
  }
  return { floor, ceiling };
}

function resolveLimits(log: PolicyNode, report: Report): AuditLogModel["limits"] {
  const node = valueAt(log, "limits");
  const bytes = (key: "soft" | "hard" | "reserve") => {
    const value = valueAt(node, key);
    const size = value === undefined ? undefined : readSize(value, report);
    return size ?? DEFAULT_LIMITS[key];
  };
  const limits = { soft: bytes("soft"), hard: bytes("hard"), reserve: bytes("reserve") };
  if (node !== undefined && (limits.soft > limits.hard || limits.reserve > limits.soft)) {
    report({
      code: "bad-audit-size",
      message: "the limits are not in their order",
      at: node.at,
      help: "`reserve` is at most `soft`, which is at most `hard`; they are 4MiB, 1GiB and 2GiB where left out",
    });
  }
  return limits;
}

function reportUnknown(
  name: string,
  { names, at }: { readonly names: ReadonlySet<string>; readonly at: PolicyNode["at"] },
  report: Report,
): void {
  if (names.has(name)) return;
  const near = closest(name, [...names]);
  report({
    code: "unknown-category",
    message: `unknown category ${quoteText(name)}`,
    at,
    help:
      near === undefined
        ? "declare it under `audit.categories`"
        : `did you mean ${quoteText(near)}?`,
  });
}

/** The log holds all categories together: what one must not keep, another must not force it to. */
function reportKeptTogether(
  { categories }: AuditLogModel,
  declared: readonly PolicyEntry[],
  report: Report,
): void {
  const longest = categories.reduce((most, { floor }) => Math.max(most, floor ?? 0), 0);
  for (const { name, floor, ceiling } of categories) {
    if (ceiling === undefined || ceiling >= longest || ceiling < (floor ?? 0)) continue;
    const entry = declared.find(({ key }) => key === name);
    report({
      code: "bad-retention",
      message: `the ceiling of ${quoteText(name)} is below the floor of another category`,
      at: entry?.keyAt ?? { file: "", start: 0, end: 0 },
      help: `the log keeps all categories for the longest floor: write a ceiling of at least ${Math.ceil(longest / DAY)}d`,
    });
  }
}

function withFloor(model: AuditLogModel, floor: number): AuditLogModel {
  if (floor === 0) return model;
  const categories = model.categories.map((category) => ({
    ...category,
    floor: Math.max(category.floor ?? 0, floor),
  }));
  return { ...model, categories };
}
