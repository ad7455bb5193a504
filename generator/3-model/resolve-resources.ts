import type { PolicyEntry, PolicyNode } from "../1-load/policy-document.js";
import type { Report } from "./mistake.js";
import type {
  AttributeModel,
  AttributeType,
  NamedReference,
  PrincipalModel,
  ResourceModel,
} from "./policy-model.js";
import { quoteText } from "./quote-text.js";
import { booleanOf, entriesOf, itemsOf, textOf, valueAt } from "./read-node.js";
import { reservedNames } from "./reserved-names.js";
import { byName } from "./sort-names.js";
import { helpToChoose } from "./suggest-name.js";

const attributeTypes: readonly AttributeType[] = [
  "string",
  "int",
  "double",
  "bool",
  "timestamp",
  "list<string>",
];

/** The resources with their actions and attributes, sorted by name. */
export function resolveResources(
  entries: readonly PolicyEntry[],
  report: Report,
): readonly ResourceModel[] {
  return entries
    .map((entry) => ({
      name: entry.key,
      description: textOf(valueAt(entry.value, "description")),
      at: entry.keyAt,
      actions: resolveActions(entry, report),
      attributes: entriesOf(valueAt(entry.value, "attributes"))
        .flatMap((attribute) => resolveAttribute(attribute, report))
        .toSorted(byName),
    }))
    .map((resource, index) => ({
      ...resource,
      ...resolveInstance(entries[index], resource, report),
    }))
    .toSorted(byName);
}

type Declared = Pick<ResourceModel, "name" | "actions" | "attributes">;

/** What is said of a single resource: which actions have none, and whose it is. */
function resolveInstance(
  entry: PolicyEntry | undefined,
  { name, actions, attributes }: Declared,
  report: Report,
): Pick<ResourceModel, "collection" | "tenant" | "absent"> {
  const known = actions.map((action) => action.name);
  const collection = itemsOf(valueAt(entry?.value, "collection")).flatMap((item) => {
    const action = textOf(item) ?? "";
    if (known.includes(action)) return action;
    report({
      code: "unknown-action",
      message: `resource ${quoteText(name)} has no action ${quoteText(action)}`,
      at: item.at,
      help: helpToChoose(action, known),
    });
    return [];
  });
  const node = valueAt(entry?.value, "tenant");
  const tenant = textOf(node);
  const isTenant = attributes.some(
    (attribute) => attribute.name === tenant && attribute.type === "string" && !attribute.optional,
  );
  if (node !== undefined && !isTenant) {
    report({
      code: "bad-tenant",
      message: `${quoteText(tenant ?? "")} is not an attribute of ${quoteText(name)} that is always a text`,
      at: node.at,
      help: "name an attribute of the type `string` that is not optional",
    });
  }
  const absent =
    textOf(valueAt(entry?.value, "absent")) === "forbidden" ? "forbidden" : "not-found";
  return { collection: [...new Set(collection)].toSorted(), tenant, absent };
}

/** Callers without a tenant pass nowhere where one is asked for. */
export function reportMissingTenants(
  entries: readonly PolicyEntry[],
  { from, tenant }: PrincipalModel,
  report: Report,
): void {
  if (from === "application" || tenant !== undefined) return;
  for (const { key, value } of entries) {
    const node = valueAt(value, "tenant");
    if (node === undefined) continue;
    report({
      code: "bad-tenant",
      message: `${quoteText(key)} asks for a tenant, and no caller has one`,
      at: node.at,
      help: "name the claim that holds it under `principal.tenant`",
    });
  }
}

function resolveActions(resource: PolicyEntry, report: Report): readonly NamedReference[] {
  const actions = new Map<string, NamedReference>();
  for (const item of itemsOf(valueAt(resource.value, "actions"))) {
    const name = textOf(item);
    if (name === undefined) continue;
    if (reservedNames.has(name)) {
      report({
        code: "reserved-name",
        message: `the name \`${name}\` is reserved`,
        at: item.at,
        help: "choose another name",
      });
    }
    const earlier = actions.get(name);
    if (earlier === undefined) actions.set(name, { name, at: item.at });
    else {
      report({
        code: "duplicate-action",
        message: `action ${quoteText(name)} of resource ${quoteText(resource.key)} is declared twice`,
        at: item.at,
        help: "leave one of the two out",
        related: [{ message: "first declared here", at: earlier.at }],
      });
    }
  }
  return [...actions.values()].toSorted(byName);
}

function resolveAttribute(entry: PolicyEntry, report: Report): readonly AttributeModel[] {
  const typeNode = entry.value.kind === "map" ? valueAt(entry.value, "type") : entry.value;
  const type = attributeTypes.find((known) => known === textOf(typeNode));
  if (type === undefined) {
    report({
      code: "unknown-type",
      message: `the type of attribute ${quoteText(entry.key)} is unknown`,
      at: placeOf(typeNode, entry),
      help: helpToChoose(textOf(typeNode), attributeTypes),
    });
    return [];
  }
  const optional = booleanOf(valueAt(entry.value, "optional")) ?? false;
  return [{ name: entry.key, type, optional, at: entry.keyAt }];
}

function placeOf(node: PolicyNode | undefined, entry: PolicyEntry) {
  return node?.at ?? entry.keyAt;
}
