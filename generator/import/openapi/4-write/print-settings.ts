import type { PolicyDocument } from "../../../1-load/policy-document.js";
import { valueAt } from "../../../3-model/read-node.js";
import type { ImportPlan } from "../2-plan/import-plan.js";
import { toName } from "../2-plan/to-name.js";

export interface SettingsContext {
  readonly documents: readonly PolicyDocument[];
  readonly name: string;
  /** Sections that an earlier import wrote: what became of them is people's. */
  readonly written: readonly string[];
}

/** Lines below the name of a section, at no indentation. */
export type Settings = ReadonlyMap<string, readonly string[]>;

/**
 * The sections without which the policy would not compile, where it has none yet. A document does not
 * say whose tokens count: the issuer is one that no token can name, until a person names theirs.
 */
export function printSettings(
  plan: ImportPlan,
  { documents, name, written }: SettingsContext,
): Settings {
  const word = toName(name, "api");
  const isGuarded = plan.routes.some(({ rule }) => !/^public(?: |$)/.test(rule.need));
  const wanted: readonly (readonly [string, boolean, readonly string[]])[] = [
    [
      "principal",
      plan.roles.length > 0,
      [
        "# The names in this claim are the roles.",
        "roles: { claim: scope, format: space-separated }",
      ],
    ],
    [
      "tokens",
      isGuarded,
      [
        `${word}:`,
        "  # Replace these with your issuer: until then no token is accepted.",
        "  issuer: https://issuer.invalid",
        `  audience: ${word}`,
        "  algorithms: [ES256]",
        `  keys: { environment: ${word.toUpperCase().replace(/[^A-Z0-9]+/g, "_")}_JWKS }`,
      ],
    ],
  ];
  return new Map(
    wanted
      .filter(([section, isWanted]) => isWanted && !written.includes(section))
      .filter(([section]) => !documents.some(({ root }) => valueAt(root, section) !== undefined))
      .map(([section, , lines]) => [section, lines]),
  );
}
