import type { PolicyEntry, PolicyNode } from "../1-load/policy-document.js";
import type { SourceSpan } from "../diagnostics/diagnostic.js";
import type {
  AuditEventModel,
  AuditEventsModel,
  AuditFieldModel,
  MaskModel,
} from "./audit-events-model.js";
import type { Report } from "./mistake.js";
import type { NamedParam } from "./shown-params.js";
import type { KeyPlace } from "./policy-model.js";
import { readEnvironment, readFile } from "./read-key-place.js";
import { booleanOf, entriesOf, numberOf, textOf, valueAt } from "./read-node.js";
import { reportKeyReading } from "./resolve-allow-list.js";
import { needsKeys, resolveClass } from "./resolve-mask-class.js";
import type { DeclaredMasks, MaskNames } from "./resolve-mask-class.js";
import { byName } from "./sort-names.js";

const DEFAULT_CATEGORY = "business";
const DEFAULT_LENGTH = 1024;
const MAX_LENGTH = 16_384;

const types: readonly AuditFieldModel["type"][] = [
  "string",
  "int",
  "double",
  "bool",
  "list<string>",
];

/** Values that are few are told by their hashes; numbers with fractions have no one spelling. */
const unhashable: readonly AuditFieldModel["type"][] = ["bool", "double", "list<string>"];

export interface AuditEventsScope {
  readonly declared: DeclaredMasks;
  readonly secret: KeyPlace | undefined;
  /** What records show of paths, into the same sinks. */
  readonly params: readonly NamedParam[];
}

/** What `audit` says of events, with the masks that their fields name; undefined where it says nothing. */
export function resolveAuditEvents(
  audit: PolicyEntry | undefined,
  { declared, secret, params }: AuditEventsScope,
  report: Report,
): AuditEventsModel | undefined {
  const section = valueAt(audit?.value, "events");
  const used = new Map<string, MaskModel>();
  const events = entriesOf(section)
    .map((entry) => resolveEvent(entry, { declared, used }, report))
    .toSorted(byName);
  const fields = events.flatMap((event) => event.fields);
  reportBothForms(
    [...params, ...fields.map(({ name, at, mask }) => ({ name, at, mask: used.get(mask ?? "") }))],
    report,
  );
  if (section === undefined) return undefined;
  return { events, masks: [...used.values()].toSorted(byName), secret };
}

/** Where the policy hashes something, it says where the key is. */
export function reportMissingSecret(
  audit: PolicyEntry | undefined,
  { at, used }: { readonly at: SourceSpan | undefined; readonly used: readonly MaskModel[] },
  report: Report,
): void {
  if (!used.some(needsKeys) || valueAt(audit?.value, "secret") !== undefined) return;
  report({
    code: "audit-without-secret",
    message: "a field is hashed, and nothing says where the key is",
    at: audit?.keyAt ?? at ?? { file: "", start: 0, end: 0 },
    help: "write `secret: { environment: GW_AUDIT }` under `audit`",
  });
}

function resolveEvent(
  { key: name, keyAt: at, value }: PolicyEntry,
  masks: MaskNames,
  report: Report,
): AuditEventModel {
  return {
    name,
    at,
    description: textOf(valueAt(value, "description")),
    category: textOf(valueAt(value, "category")) ?? DEFAULT_CATEGORY,
    categoryAt: valueAt(value, "category")?.at,
    fields: entriesOf(valueAt(value, "fields"))
      .map((entry) => resolveField(entry, masks, report))
      .toSorted(byName),
  };
}

function resolveField(
  { key: name, keyAt: at, value }: PolicyEntry,
  masks: MaskNames,
  report: Report,
): AuditFieldModel {
  const type = types.find((known) => known === textOf(valueAt(value, "type"))) ?? "string";
  const node = valueAt(value, "class");
  const mask = node === undefined ? undefined : resolveClass(node, masks, report);
  if (mask?.method === "hmac" && unhashable.includes(type)) {
    report({
      code: "low-entropy-hash",
      message: `values of type \`${type}\` cannot be hashed`,
      at: node?.at ?? at,
      help: "use `null-out`, or `bucket` for a number",
    });
  }
  const length = valueAt(value, "maxLength");
  return {
    name,
    at,
    type,
    optional: booleanOf(valueAt(value, "optional")) === true,
    maxLength: length === undefined ? DEFAULT_LENGTH : resolveLength(length, report),
    mask: mask?.name,
  };
}

/** PCI DSS FAQ 1308: from the last four digits and a hash, the number is soon found. */
export function reportBothForms(
  fields: readonly {
    readonly name: string;
    readonly at: SourceSpan;
    readonly mask: MaskModel | undefined;
  }[],
  report: Report,
): void {
  const truncated = fields.find(({ mask }) => mask?.method === "card");
  const hashed = fields.find(({ name, mask }) => {
    const isCard =
      mask?.options["data"] === "card" || /card|(?:^|[^a-z])pan(?:$|[^a-z])/i.test(name);
    return mask?.method === "hmac" && isCard;
  });
  if (truncated === undefined || hashed === undefined) return;
  report({
    code: "card-in-both-forms",
    message: "card numbers are stored both hashed and truncated",
    at: hashed.at,
    help: "keep one of the two: the last four digits and a hash together give the number away",
    related: [{ message: "truncated here", at: truncated.at }],
  });
}

function resolveLength(node: PolicyNode, report: Report): number {
  const length = numberOf(node) ?? Number.NaN;
  if (Number.isInteger(length) && length >= 1 && length <= MAX_LENGTH) return length;
  report({
    code: "bad-audit-length",
    message: `\`maxLength\` is not a whole number from 1 to ${MAX_LENGTH}`,
    at: node.at,
    help: `leave it out for ${DEFAULT_LENGTH}`,
  });
  return DEFAULT_LENGTH;
}

export function resolveAuditSecret(
  audit: PolicyEntry | undefined,
  report: Report,
): KeyPlace | undefined {
  const entry = entriesOf(audit?.value).find(({ key }) => key === "secret");
  if (entry === undefined) return undefined;
  const [source, another] = entriesOf(entry.value);
  if (source === undefined || another !== undefined || !/^(?:file|environment)$/.test(source.key)) {
    report({
      code: "bad-mask",
      message: "`secret` names not one source",
      at: entry.keyAt,
      help: "write one of `environment` and `file`",
    });
    return undefined;
  }
  const read = source.key === "file" ? readFile : readEnvironment;
  return reportKeyReading(read(textOf(source.value) ?? ""), source.value.at, report);
}
