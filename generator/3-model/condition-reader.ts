import type { PolicyEntry, PolicyNode, PolicyScalar } from "../1-load/policy-document.js";
import { checkCondition } from "../conditions/check-condition.js";
import type { CheckedCondition } from "../conditions/check-condition.js";
import { mapOffsets } from "../conditions/map-offsets.js";
import type { ConditionDeclarations } from "../conditions/scope.js";
import type { Span } from "../conditions/syntax.js";
import type { SourceSpan } from "../diagnostics/diagnostic.js";
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
  /** A permission among those that it is for, if it is about the collection. */
  readonly onCollection: string | undefined;
}

interface About {
  readonly name: string | undefined;
  readonly declarations: ConditionDeclarations;
  /** What helps if it reads `resource`, and there is none. */
  readonly noResource: string | undefined;
}

export function createConditionReader(
  named: readonly PolicyEntry[],
  scope: ClauseScope,
  report: Report,
): ConditionReader {
  const sources = new Map(scope.sources.map(({ path, text }) => [path, text]));
  const all: ConditionModel[] = [];
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
            declarations: declareInputs(scope, resource, []),
            noResource:
              resource === undefined ? "say beside `when` which `resource` it is about" : undefined,
          },
          resource,
        );
  }

  function readOne(node: PolicyNode, permissions: readonly string[]): ConditionModel | undefined {
    const text = textOf(node)?.trim() ?? "";
    const resource = resourceOf(permissions);
    const onCollection = collectionAction(permissions);
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
    const noResource =
      onCollection === undefined
        ? undefined
        : `${quoteText(onCollection)} is about the collection, which is no single resource: leave it out here`;
    return check(node, { name: undefined, declarations, noResource }, resource);
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
      message: isOther
        ? about
        : `${about}, and ${quoteText(onCollection)} is about no single one of them`,
      at: node.at,
      help: isOther
        ? "name a condition about the resource of the permission"
        : "name a condition that reads `principal` and `request` alone",
    });
    return undefined;
  }

  /** The first permission that is about a collection: nothing is loaded for it. */
  function collectionAction(permissions: readonly string[]): string | undefined {
    return permissions.find((permission) => {
      const [resource = "", action = ""] = permission.split(".");
      const model = scope.resources.find(({ name }) => name === resource);
      return model?.collection.includes(action) ?? false;
    });
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
    const model = {
      index: all.length,
      name: about.name,
      text,
      at: node.at,
      checked: condition,
      resource: readsResource(condition) ? resource : undefined,
      spanOf,
    };
    all.push(model);
    return model;
  }
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
