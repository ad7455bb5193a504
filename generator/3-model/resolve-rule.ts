import type { PolicyEntry, PolicyNode } from "../1-load/policy-document.js";
import type { SourceSpan } from "../diagnostics/diagnostic.js";
import type { Report } from "./mistake.js";
import type { RouteModel } from "./policy-model.js";
import { quoteText } from "./quote-text.js";
import { entriesOf, itemsOf, textOf, valueAt } from "./read-node.js";
import { resolveNeed } from "./resolve-permissions.js";
import type { DeclaredPermissions } from "./resolve-permissions.js";
import { resolveUpgrade } from "./resolve-upgrade.js";

/** What a method of a path asks of its callers. */
export type RouteRule = Pick<
  RouteModel,
  | "access"
  | "identityOptional"
  | "permissions"
  | "catchAll"
  | "fallThrough"
  | "upgrade"
  | "response"
>;

type Admission = Pick<RouteModel, "access" | "permissions">;

/** A reason is for the reviewer: shorter than this it gives none. */
const MIN_REASON = 10;

/** Reads the value of a method, in its short form or as a map; undefined after a reported mistake. */
export function resolveRule(
  method: PolicyEntry,
  declared: DeclaredPermissions,
  report: Report,
): RouteRule | undefined {
  const { value } = method;
  const admission =
    value.kind === "map"
      ? resolveLongForm(method, declared, report)
      : resolveAccess(value, method.keyAt, declared, report);
  const catchAll = resolveReason(value, "catchAll", report);
  const fallThrough = resolveReason(value, "fallThrough", report);
  const identityOptional = isIdentityOptional(value, admission, report);
  const upgrade = resolveUpgrade(method, report);
  const response = resolveResponse(value, upgrade, report);
  if (admission === undefined) return undefined;
  return { ...admission, identityOptional, catchAll, fallThrough, upgrade, response };
}

function resolveLongForm(
  method: PolicyEntry,
  declared: DeclaredPermissions,
  report: Report,
): Admission | undefined {
  const access = valueAt(method.value, "access");
  const permissions = valueAt(method.value, "permissions");
  if (access !== undefined && permissions === undefined) {
    return resolveAccess(access, method.keyAt, declared, report);
  }
  if (permissions !== undefined && access === undefined) {
    return resolvePermissions(permissions, method.keyAt, declared, report);
  }
  report({
    code: "bad-rule",
    message:
      access === undefined
        ? `${quoteText(method.key)} says neither \`access\` nor \`permissions\``
        : `${quoteText(method.key)} says both \`access\` and \`permissions\``,
    at: method.keyAt,
    help: "write `access: public`, `access: authenticated`, or `permissions` and a list of them",
  });
  return undefined;
}

function resolveAccess(
  node: PolicyNode,
  fallback: SourceSpan,
  declared: DeclaredPermissions,
  report: Report,
): Admission | undefined {
  const text = textOf(node);
  if (text === "public" || text === "authenticated") return { access: text, permissions: [] };
  if (text === undefined || text.includes(".")) {
    return resolvePermissions(node, fallback, declared, report);
  }
  report({
    code: "bad-rule",
    message: `${quoteText(text)} is neither \`public\`, \`authenticated\` nor a permission`,
    at: node.at,
    help: declared.suggestAccess(text) ?? "write a permission as `resource.action`",
  });
  return undefined;
}

function resolvePermissions(
  node: PolicyNode,
  fallback: SourceSpan,
  declared: DeclaredPermissions,
  report: Report,
): Admission | undefined {
  const items = itemsOf(node);
  if (items.length === 0) {
    report({
      code: "bad-rule",
      message: "the rule names no permission",
      at: node.kind === "scalar" ? fallback : node.at,
      help: "name a permission, or write `public` or `authenticated`",
    });
    return undefined;
  }
  const names = items.map((item) => {
    const text = textOf(item);
    if (text !== "public" && text !== "authenticated") return resolveNeed(item, declared, report);
    report({
      code: "bad-rule",
      message: `${quoteText(text)} cannot stand in a list of permissions`,
      at: item.at,
      help: `write ${quoteText(text)} alone, or only the permissions`,
    });
    return undefined;
  });
  const known = names.filter((name) => name !== undefined);
  if (known.length < names.length) return undefined;
  return { access: "permissions", permissions: [...new Set(known)].toSorted() };
}

function isIdentityOptional(
  rule: PolicyNode,
  admission: Admission | undefined,
  report: Report,
): boolean {
  const node = valueAt(rule, "identity");
  if (node === undefined) return false;
  if (textOf(node) === "optional" && (admission?.access ?? "public") === "public") return true;
  report({
    code: "bad-identity",
    message: "`identity` can only be `optional`, on a public route",
    at: node.at,
    help: "leave it out: every other route reads the credentials anyway",
  });
  return false;
}

/** Whether the schema is there is asked once for all routes. */
function resolveResponse(
  rule: PolicyNode,
  upgrade: RouteModel["upgrade"],
  report: Report,
): string | undefined {
  const entry = entriesOf(rule).find(({ key }) => key === "response");
  if (entry === undefined) return undefined;
  if (upgrade !== undefined) {
    report({
      code: "response-on-upgrade",
      message: "`response` stands on a route that leaves HTTP",
      at: entry.keyAt,
      help: "leave it out: what a WebSocket carries is not masked",
    });
  }
  return textOf(entry.value);
}

function resolveReason(
  rule: PolicyNode,
  key: "catchAll" | "fallThrough",
  report: Report,
): string | undefined {
  const entry = entriesOf(rule).find((candidate) => candidate.key === key);
  if (entry === undefined) return undefined;
  const text = textOf(entry.value)?.trim();
  if (text !== undefined && text.length >= MIN_REASON) return text;
  report({
    code: "short-reason",
    message: `\`${key}\` gives no reason`,
    at: entry.value.at,
    help: `say in at least ${MIN_REASON} characters why this is right`,
  });
  return text;
}
