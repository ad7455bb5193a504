import type { PolicyDocument } from "../../../1-load/policy-document.js";
import { entriesOf } from "../../../3-model/read-node.js";
import type { ImportPlan } from "../2-plan/import-plan.js";
import { toName } from "../2-plan/to-name.js";

export interface SettingsContext {
  readonly documents: readonly PolicyDocument[];
  readonly name: string;
}

/**
 * The sections without which the policy would not compile, where it has none yet. A document does not
 * say whose tokens count: the issuer is one that no token can name, until a person names theirs.
 */
export function printSettings(
  plan: ImportPlan,
  { documents, name }: SettingsContext,
): readonly string[] {
  const has = (section: string) =>
    documents.some(({ root }) =>
      entriesOf(root).some(
        ({ key, value }) => key === section && (value.kind !== "map" || value.entries.length > 0),
      ),
    );
  const isGuarded = plan.routes.some(({ rule }) => !rule.need.startsWith("public"));
  const word = toName(name, "api");
  const principal = [
    "principal:",
    "  # The names in this claim are the roles.",
    "  roles: { claim: scope, format: space-separated }",
  ];
  const tokens = [
    "tokens:",
    `  ${word}:`,
    "    # Replace these with your issuer: until then no token is accepted.",
    "    issuer: https://issuer.invalid",
    `    audience: ${word}`,
    "    algorithms: [ES256]",
    `    keys: { environment: ${word.toUpperCase().replace(/[^A-Z0-9]+/g, "_")}_JWKS }`,
  ];
  const wantsRoles = plan.roles.length > 0 && !has("principal");
  const parts = [
    ...(wantsRoles ? [principal] : []),
    ...(isGuarded && !has("tokens") ? [tokens] : []),
  ];
  return parts.flatMap((part, index) => (index === 0 ? part : ["", ...part]));
}
