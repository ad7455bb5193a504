import type { PolicyNode } from "../1-load/policy-document.js";
import type { SourceSpan } from "../diagnostics/diagnostic.js";
import type { Report } from "./mistake.js";
import type { PermissionReference, ResourceModel } from "./policy-model.js";
import { quoteText } from "./quote-text.js";
import { itemsOf, textOf, valueAt } from "./read-node.js";
import { byName } from "./sort-names.js";
import { createSuggestName } from "./suggest-name.js";
import type { SuggestName } from "./suggest-name.js";

export interface DeclaredPermission {
  /** `resource.action` */
  readonly name: string;
  readonly resource: string;
  readonly action: string;
  readonly at: SourceSpan;
}

/** The permissions that the resources declare, ready to be looked up. */
export interface DeclaredPermissions {
  /** Sorted by name. */
  readonly all: readonly DeclaredPermission[];
  readonly names: ReadonlySet<string>;
  readonly byResource: ReadonlyMap<string, readonly string[]>;
  readonly suggestPermission: SuggestName;
  readonly suggestResource: SuggestName;
  /** Of all that a route's rule may be. */
  readonly suggestAccess: SuggestName;
}

export function declarePermissions(resources: readonly ResourceModel[]): DeclaredPermissions {
  const all = resources
    .flatMap((resource) =>
      resource.actions.map((action) => ({
        name: `${resource.name}.${action.name}`,
        resource: resource.name,
        action: action.name,
        at: action.at,
      })),
    )
    .toSorted(byName);
  const names = all.map((permission) => permission.name);
  return {
    all,
    names: new Set(names),
    byResource: new Map(
      resources.map(({ name, actions }) => [
        name,
        actions.map((action) => `${name}.${action.name}`),
      ]),
    ),
    suggestPermission: createSuggestName(names),
    suggestResource: createSuggestName(resources.map((resource) => resource.name)),
    suggestAccess: createSuggestName(["public", "authenticated", ...names]),
  };
}

/** A grant or deny: `resource.action` or `resource.*`; undefined after a reported mistake. */
export function resolveGrant(
  node: PolicyNode,
  declared: DeclaredPermissions,
  report: Report,
): PermissionReference | undefined {
  const text = textOf(node);
  if (text === undefined) return reportNoText(node, report);
  const permissions = isWildcard(text)
    ? declared.byResource.get(resourceOf(text))
    : declared.names.has(text)
      ? [text]
      : undefined;
  if (permissions === undefined) return reportUnknown(text, node.at, declared, report);
  return { text, at: node.at, permissions };
}

/** A grant or deny as a text, or as a map with its condition; one reference for each permission that it names. */
export function resolveClause(
  node: PolicyNode,
  declared: DeclaredPermissions,
  report: Report,
): readonly PermissionReference[] {
  if (node.kind !== "map") {
    const found = resolveGrant(node, declared, report);
    return found === undefined ? [] : [found];
  }
  const when = valueAt(node, "when");
  const said = valueAt(node, "missing");
  const missing = textOf(said);
  if (said !== undefined && when === undefined) {
    report({
      code: "missing-key",
      message: "`missing` says what an undecided condition means, and there is no `when`",
      at: said.at,
      help: "write the condition under `when`, or leave `missing` out",
    });
  }
  return itemsOf(valueAt(node, "permission")).flatMap((item): readonly PermissionReference[] => {
    const found = resolveGrant(item, declared, report);
    if (found === undefined) return [];
    if (when === undefined) return [found];
    return [
      missing === "deny" || missing === "skip" ? { ...found, when, missing } : { ...found, when },
    ];
  });
}

/** What a route needs: `resource.action` alone; undefined after a reported mistake. */
export function resolveNeed(
  node: PolicyNode,
  declared: DeclaredPermissions,
  report: Report,
): string | undefined {
  const text = textOf(node);
  if (text === undefined) return reportNoText(node, report);
  if (declared.names.has(text)) return text;
  if (!isWildcard(text) || !declared.byResource.has(resourceOf(text))) {
    return reportUnknown(text, node.at, declared, report);
  }
  report({
    code: "wildcard-in-route",
    message: `a route cannot need ${quoteText(text)}`,
    at: node.at,
    help: "name each action that the route needs; only grants and denies may say `*`",
  });
  return undefined;
}

function isWildcard(text: string): boolean {
  return text.endsWith(".*");
}

function resourceOf(text: string): string {
  return text.slice(0, Math.max(0, text.indexOf(".")));
}

function reportUnknown(
  text: string,
  at: SourceSpan,
  declared: DeclaredPermissions,
  report: Report,
): undefined {
  const resource = resourceOf(text);
  const action = text.slice(resource.length + 1);
  const suggested = declared.suggestPermission(text);
  const permissions = declared.byResource.get(resource);
  if (resource === "" || action === "" || action.includes(".")) {
    report({
      code: "bad-permission",
      message: `${quoteText(text)} is not a permission`,
      at,
      help: suggested ?? "write `resource.action`",
    });
  } else if (permissions === undefined) {
    report({
      code: "unknown-resource",
      message: `unknown resource ${quoteText(resource)} in ${quoteText(text)}`,
      at,
      help:
        suggested ??
        declared.suggestResource(resource) ??
        `declare ${quoteText(resource)} and its actions under \`resources\``,
    });
  } else {
    report({
      code: "unknown-action",
      message: `resource ${quoteText(resource)} has no action ${quoteText(action)}`,
      at,
      help: suggested ?? `add ${quoteText(action)} to the actions of ${quoteText(resource)}`,
    });
  }
  return undefined;
}

function reportNoText(node: PolicyNode, report: Report): undefined {
  report({
    code: "bad-permission",
    message: "a permission is a text",
    at: node.at,
    help: "write `resource.action`",
  });
  return undefined;
}
