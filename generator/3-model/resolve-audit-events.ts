import type { PolicyEntry, PolicyNode } from "../1-load/policy-document.js";
import { closest } from "../diagnostics/did-you-mean.js";
import { maskMethods } from "./audit-events-model.js";
import type {
  AuditEventModel,
  AuditEventsModel,
  AuditFieldModel,
  MaskModel,
} from "./audit-events-model.js";
import type { Report } from "./mistake.js";
import type { KeyPlace } from "./policy-model.js";
import { quoteText } from "./quote-text.js";
import { readEnvironment, readFile } from "./read-key-place.js";
import { booleanOf, entriesOf, numberOf, textOf, valueAt } from "./read-node.js";
import { reportKeyReading } from "./resolve-allow-list.js";
import { resolveMask } from "./resolve-masks.js";
import { byName } from "./sort-names.js";

const PUBLIC = "public";
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

/** Methods that can be named without options. */
const plainMethods = [
  "card",
  "detect",
  "email",
  "hmac",
  "ip",
  "name",
  "null-out",
  "phone",
  "resident-id",
];

/** What `audit` says of events, with the masks that their fields name; undefined where it says nothing. */
export function resolveAuditEvents(
  audit: PolicyEntry | undefined,
  masks: readonly PolicyEntry[],
  report: Report,
): AuditEventsModel | undefined {
  const section = valueAt(audit?.value, "events");
  const declared = new Map<string, MaskModel | undefined>(
    masks.map((entry) => [entry.key, resolveMask(entry, report)]),
  );
  const used = new Map<string, MaskModel>();
  let unknown = 0;
  const reportOnce: Report = (told) => {
    // Where `masks` is not there at all, that is one mistake, however many fields name something in it.
    if (told.code === "unknown-mask") unknown += 1;
    if (told.code !== "unknown-mask" || unknown === 1 || masks.length > 0) report(told);
  };
  const events = entriesOf(section)
    .map((entry) => resolveEvent(entry, { declared, used }, reportOnce))
    .toSorted(byName);
  reportBothForms(events, used, report);
  const secret = resolveSecret(audit, report);
  const isKeyed = [...used.values()].some(needsKeys);
  if (isKeyed && secret === undefined && valueAt(audit?.value, "secret") === undefined) {
    report({
      code: "audit-without-secret",
      message: "a field is hashed, and nothing says where the key is",
      at: audit?.keyAt ?? masks[0]?.keyAt ?? { file: "", start: 0, end: 0 },
      help: "write `secret: { environment: GW_AUDIT }` under `audit`",
    });
  }
  const unusedMasks = masks
    .filter(({ key }) => !used.has(key))
    .map(({ key: name, keyAt: at }) => ({ name, at }));
  if (section === undefined && masks.length === 0) return undefined;
  return { events, masks: [...used.values()].toSorted(byName), unusedMasks, secret };
}

interface MaskNames {
  readonly declared: ReadonlyMap<string, MaskModel | undefined>;
  readonly used: Map<string, MaskModel>;
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

/** Undefined for what is public. What cannot be resolved is told, and hidden. */
function resolveClass(
  node: PolicyNode,
  { declared, used }: MaskNames,
  report: Report,
): MaskModel | undefined {
  const name = textOf(node) ?? "";
  if (name === PUBLIC) return undefined;
  const method = maskMethods.find((known) => known === name);
  const own = declared.get(name);
  const isPlain = method !== undefined && plainMethods.includes(method);
  const found = own ?? (isPlain && !declared.has(name) ? { name, method, options: {} } : undefined);
  if (found === undefined && !declared.has(name)) {
    const near = closest(name, [PUBLIC, ...plainMethods, ...declared.keys()]);
    report({
      code: "unknown-mask",
      message:
        method === undefined ? `unknown class ${quoteText(name)}` : `\`${method}\` needs options`,
      at: node.at,
      help:
        method !== undefined
          ? `declare it under \`masks\` with its options, and name that`
          : near === undefined
            ? "write `public`, a masking method, or a name under `masks`"
            : `did you mean ${quoteText(near)}?`,
    });
  }
  const mask = found ?? { name: "null-out", method: "null-out" as const, options: {} };
  used.set(mask.name, mask);
  return mask;
}

function needsKeys({ method, options }: MaskModel): boolean {
  return method === "hmac" || (method === "binary" && options["linked"] === true);
}

/** PCI DSS FAQ 1308: from the last four digits and a hash, the number is soon found. */
function reportBothForms(
  events: readonly AuditEventModel[],
  used: ReadonlyMap<string, MaskModel>,
  report: Report,
): void {
  const fields = events.flatMap((event) => event.fields);
  const maskOf = ({ mask }: AuditFieldModel) => (mask === undefined ? undefined : used.get(mask));
  const truncated = fields.find((field) => maskOf(field)?.method === "card");
  const hashed = fields.find((field) => {
    const mask = maskOf(field);
    const isCard =
      mask?.options["data"] === "card" || /card|(?:^|[^a-z])pan(?:$|[^a-z])/i.test(field.name);
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

function resolveSecret(audit: PolicyEntry | undefined, report: Report): KeyPlace | undefined {
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
