import type { PolicyEntry, PolicyNode, PolicyScalar } from "../1-load/policy-document.js";
import { checkCondition } from "../conditions/check-condition.js";
import type { CheckedCondition } from "../conditions/check-condition.js";
import { mapOffsets } from "../conditions/map-offsets.js";
import type { ConditionDeclarations } from "../conditions/scope.js";
import type { Span } from "../conditions/syntax.js";
import type { SourceSpan } from "../diagnostics/diagnostic.js";
import { serializeCondition } from "../conditions/serialize-condition.js";
import { conditionCures } from "./condition-cures.js";
import { declareInputs } from "./declare-inputs.js";
import type { Report } from "./mistake.js";
import type { ConditionModel } from "./policy-model.js";
import { quoteText } from "./quote-text.js";
import { itemsOf, textOf, valueAt } from "./read-node.js";
import type { ClauseScope } from "./resolve-clauses.js";
import { createSuggestName } from "./suggest-name.js";

/** The conditions of a `when`, all of which must hold, for these permissions. */
export type ReadCondition = (
  when: PolicyNode,
  permissions: readonly string[],
) => readonly ConditionModel[];

export interface ConditionReader {
  readonly read: ReadCondition;
  /** All that were read, in the order of their places, each once. */
  conditions(): readonly ConditionModel[];
}

/** More conditions than a policy has in earnest; each costs a check. */
const MAX_CONDITIONS = 10_000;
const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,99}$/;

/** What a condition stands beside. */
interface Target {
  readonly resource: string | undefined;
  readonly onCollection: OnCollection | undefined;
}

/** Permissions among those that a condition is for, which are about the collection. */
interface OnCollection {
  /** With their verb. */
  readonly names: string;
  /** What helps with a condition that reads the resource. */
  readonly cure: string;
}

interface About {
  readonly name: string | undefined;
  readonly declarations: ConditionDeclarations;
  /** What helps if it reads `resource`, and there is none. */
  readonly noResource: string | undefined;
}

/** Conditions with a name, and for which permissions each is used. */
export interface NamedConditions {
  readonly entries: readonly PolicyEntry[];
  readonly permissionsOf: (name: string) => readonly string[];
}

export function createConditionReader(
  { entries: named, permissionsOf }: NamedConditions,
  scope: ClauseScope,
  report: Report,
): ConditionReader {
  const sources = new Map(scope.sources.map(({ path, text }) => [path, text]));
  const all: ConditionModel[] = [];
  // One text beside several permissions means the same for most of them, and is emitted once then.
  const byMeaning = new Map<string, ConditionModel>();
  const byName = new Map(named.map((entry) => [entry.key, readNamed(entry)]));
  const suggest = createSuggestName([...byName.keys()]);
  return {
    read(when, permissions) {
      return itemsOf(when).flatMap((node) => readOne(node, permissions) ?? []);
    },
    conditions: () => all.map((condition, index) => Object.assign(condition, { index })),
  };

  function readNamed({ key, keyAt, value }: PolicyEntry): ConditionModel | undefined {
    const node = value.kind === "map" ? valueAt(value, "when") : value;
    const resource = textOf(valueAt(value, "resource"));
    if (resource !== undefined && !scope.declared.byResource.has(resource)) {
      report({
        code: "unknown-resource",
        message: `unknown resource ${quoteText(resource)}`,
        at: valueAt(value, "resource")?.at ?? keyAt,
        help: scope.declared.suggestResource(resource) ?? "declare it under `resources`",
      });
      return undefined;
    }
    return node === undefined
      ? undefined
      : check(
          node,
          {
            name: key,
            declarations: declareInputs(scope, resource, permissionsOf(key)),
            noResource:
              resource === undefined ? "say beside `when` which `resource` it is about" : undefined,
          },
          resource,
        );
  }

  function readOne(node: PolicyNode, permissions: readonly string[]): ConditionModel | undefined {
    const text = textOf(node)?.trim() ?? "";
    const resource = resourceOf(permissions);
    const collection = permissions.filter(isOnCollection);
    const onCollection =
      collection[0] === undefined ? undefined : describeCollection(permissions, collection);
    if (byName.has(text)) return reference(text, node, { resource, onCollection });
    if (NAME.test(text) && suggest(text) !== undefined) {
      const message = `unknown condition ${quoteText(text)}`;
      report({ code: "unknown-condition", message, at: node.at, help: suggest(text) ?? "" });
      return undefined;
    }
    const declarations = declareInputs(
      scope,
      onCollection === undefined ? resource : undefined,
      permissions,
    );
    const about = { name: undefined, declarations, noResource: onCollection?.cure };
    return check(node, about, resource);
  }

  function reference(
    name: string,
    node: PolicyNode,
    { resource, onCollection }: Target,
  ): ConditionModel | undefined {
    const found = byName.get(name);
    const isAbout = found?.resource === resource && onCollection === undefined;
    if (found?.resource === undefined || isAbout) return found;
    const about = `condition ${quoteText(name)} is about ${quoteText(found.resource)}`;
    const isOther = found.resource !== resource || onCollection === undefined;
    report({
      code: "condition-of-another-resource",
      message: isOther ? about : `${about}, and ${onCollection.names} about no single one of them`,
      at: node.at,
      help: isOther ? "name a condition about the resource of the permission" : onCollection.cure,
    });
    return undefined;
  }

  /** Nothing is loaded for an action on a collection. */
  function isOnCollection(permission: string): boolean {
    const [resource = "", action = ""] = permission.split(".");
    const model = scope.resources.find(({ name }) => name === resource);
    return model?.collection.includes(action) ?? false;
  }

  function check(
    node: PolicyNode,
    about: About,
    resource: string | undefined,
  ): ConditionModel | undefined {
    const text = textOf(node);
    if (node.kind !== "scalar" || text === undefined) {
      report({
        code: "wrong-type",
        message: "a condition is a text",
        at: node.at,
        help: 'write an expression in quotes, like `when: "resource.ownerId == principal.id"`',
      });
      return undefined;
    }
    if (all.length === MAX_CONDITIONS) {
      report({
        code: "policy-too-large",
        message: `the policy has more than ${MAX_CONDITIONS} conditions`,
        at: node.at,
        help: "name conditions under `conditions`, and use them by name",
      });
      return undefined;
    }
    const spanOf = spanIn(node, sources.get(node.at.file) ?? "");
    const { condition, mistakes } = checkCondition(text, { declarations: about.declarations });
    for (const { code, message, help, ...span } of mistakes) {
      const isResource =
        code === "condition-unknown-name" && text.slice(span.start, span.end) === "resource";
      const nearer = isResource ? about.noResource : undefined;
      report({ code, message, at: spanOf(span), help: nearer ?? help ?? conditionCures[code] });
    }
    if (condition === undefined) return undefined;
    const read = readsResource(condition) ? resource : undefined;
    const { file, start, end } = node.at;
    const key = JSON.stringify([file, start, end, read, serializeCondition(condition).node]);
    const known = byMeaning.get(key);
    if (known !== undefined) return known;
    const model = {
      index: all.length,
      name: about.name,
      text,
      at: node.at,
      checked: condition,
      resource: read,
      spanOf,
    };
    all.push(model);
    byMeaning.set(key, model);
    return model;
  }
}

function describeCollection(
  permissions: readonly string[],
  collection: readonly string[],
): OnCollection {
  const names = `${listNames(collection)} ${collection.length === 1 ? "is" : "are"}`;
  const single = permissions.filter((permission) => !collection.includes(permission));
  const why = `${names} about the collection, which is no single resource`;
  // Of a wildcard. To leave out what does not fit would open for a deny what its author meant to close.
  const cure =
    single.length === 0
      ? "read `principal` and `request` alone here"
      : `in place of \`*\`, name ${listNames(single)}`;
  return { names, cure: `${why}: ${cure}` };
}

/** More names than these help nobody. */
const MAX_NAMES = 8;

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES).map(quoteText).join(", ");
  const more = names.length - MAX_NAMES;
  return more > 0 ? `${shown} and ${more} more` : shown;
}

function readsResource({ reads }: CheckedCondition): boolean {
  return reads.includes("resource");
}

function resourceOf(permissions: readonly string[]): string | undefined {
  return permissions[0]?.split(".")[0];
}

/** Places of a condition in its file; the scalar as a whole where they cannot be told. */
function spanIn(node: PolicyScalar, text: string): (span: Span) => SourceSpan {
  const { file, start, end } = node.at;
  const map = mapOffsets(
    { range: [start, end, end], value: node.value, type: styleOf(text[start]) },
    text,
  );
  return (span) => (map === undefined ? node.at : { file, ...map.span(span) });
}

function styleOf(first: string | undefined) {
  if (first === '"') return "QUOTE_DOUBLE";
  if (first === "'") return "QUOTE_SINGLE";
  if (first === "|") return "BLOCK_LITERAL";
  return first === ">" ? "BLOCK_FOLDED" : "PLAIN";
}
