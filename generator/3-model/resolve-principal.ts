import type { PolicyEntry, PolicyNode } from "../1-load/policy-document.js";
import type { Report } from "./mistake.js";
import type { ClaimModel, ClaimType, PrincipalModel } from "./policy-model.js";
import { quoteText } from "./quote-text.js";
import { readClaimPath } from "./read-claim-path.js";
import { booleanOf, entriesOf, textOf, valueAt } from "./read-node.js";
import { byName } from "./sort-names.js";
import { helpToChoose } from "./suggest-name.js";

const claimTypes: readonly ClaimType[] = ["string", "int", "double", "bool", "list<string>"];

/** RFC 9068 and OpenID Connect agree on this claim for who the token is about. */
const DEFAULT_ID = ["sub"];

/** Where identity, roles and typed claims of a caller come from. */
export function resolvePrincipal(section: PolicyEntry | undefined, report: Report): PrincipalModel {
  const body = section?.value;
  const from = textOf(valueAt(body, "from")) === "application" ? "application" : "claims";
  const id = valueAt(body, "id");
  const tenant = valueAt(body, "tenant");
  if (from === "application") reportUnusedPaths(body, report);
  return {
    at: section?.keyAt,
    from,
    id: (id === undefined ? undefined : readClaimPath(id, report)) ?? DEFAULT_ID,
    roles: from === "application" ? undefined : resolveRolesClaim(valueAt(body, "roles"), report),
    tenant: tenant === undefined ? undefined : readClaimPath(tenant, report),
    claims: entriesOf(valueAt(body, "claims"))
      .flatMap((entry) => resolveClaim(entry, report))
      .toSorted(byName),
  };
}

function resolveRolesClaim(node: PolicyNode | undefined, report: Report): PrincipalModel["roles"] {
  if (node === undefined) return undefined;
  const claim = node.kind === "map" ? valueAt(node, "claim") : node;
  if (claim === undefined) {
    report({
      code: "bad-claim-path",
      message: "`roles` names no claim",
      at: node.at,
      help: "write `claim:` and its path",
    });
    return undefined;
  }
  const path = readClaimPath(claim, report);
  const format = textOf(valueAt(node, "format")) === "space-separated" ? "space-separated" : "list";
  return path === undefined ? undefined : { path, format };
}

function resolveClaim(entry: PolicyEntry, report: Report): readonly ClaimModel[] {
  const { value } = entry;
  const typeNode = value.kind === "map" ? valueAt(value, "type") : value;
  const type = claimTypes.find((known) => known === textOf(typeNode));
  const claim = valueAt(value, "claim");
  const path = claim === undefined ? [entry.key] : readClaimPath(claim, report);
  if (type === undefined) {
    report({
      code: "unknown-type",
      message: `the type of claim ${quoteText(entry.key)} is unknown`,
      at: typeNode?.at ?? entry.keyAt,
      help: helpToChoose(textOf(typeNode), claimTypes),
    });
  }
  if (type === undefined || path === undefined) return [];
  const optional = booleanOf(valueAt(value, "optional")) ?? false;
  return [{ name: entry.key, path, type, optional, at: entry.keyAt }];
}

/** The application supplies these by name; a path into the token would be read by nobody. */
function reportUnusedPaths(body: PolicyNode | undefined, report: Report): void {
  const claims = entriesOf(valueAt(body, "claims")).flatMap((claim) => entriesOf(claim.value));
  const unused = [
    ...entriesOf(body).filter((entry) => entry.key === "roles" || entry.key === "tenant"),
    ...claims.filter((entry) => entry.key === "claim"),
  ];
  for (const entry of unused) {
    report({
      code: "application-supplies",
      message: `${quoteText(entry.key)} is a path into the token, but the application supplies the principal`,
      at: entry.keyAt,
      help: "leave it out, or write `from: claims`",
    });
  }
}
