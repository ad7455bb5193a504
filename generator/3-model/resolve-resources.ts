import type { PolicyEntry, PolicyNode } from "../1-load/policy-document.js";
import type { Report } from "./mistake.js";
import type {
  AttributeModel,
  AttributeType,
  NamedReference,
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
    .toSorted(byName);
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
