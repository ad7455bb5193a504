import type { PolicyDocument } from "../1-load/policy-document.js";
import type { Diagnostic } from "../diagnostics/diagnostic.js";
import { collectSections } from "./collect-sections.js";
import type { PolicySections } from "./collect-sections.js";
import type { Report } from "./mistake.js";
import type { PolicyModel, RouteModel } from "./policy-model.js";
import { quoteText } from "./quote-text.js";
import { resolveCors } from "./resolve-cors.js";
import { declarePermissions } from "./resolve-permissions.js";
import { resolvePrincipal } from "./resolve-principal.js";
import { resolveResources } from "./resolve-resources.js";
import { resolveRoles } from "./resolve-roles.js";
import { resolveRoutes } from "./resolve-routes.js";
import { resolveAudit, resolveProblems, resolveRouter } from "./resolve-settings.js";
import { resolveTokens } from "./resolve-tokens.js";
import { compareText } from "./sort-names.js";

export interface BuiltModel {
  /** Undefined as soon as there is one mistake. */
  readonly model: PolicyModel | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Merges the parsed files and resolves every name in them; finds all mistakes in one run. */
export function buildModel(documents: readonly PolicyDocument[]): BuiltModel {
  const diagnostics: Diagnostic[] = [];
  const report: Report = (mistake) => diagnostics.push({ ...mistake, severity: "error" });
  const sections = collectSections(documents, report);
  const resources = resolveResources(sections.resources, report);
  const declared = declarePermissions(resources);
  const { roles, permissions } = resolveRoles(sections.roles, declared, report);
  const router = resolveRouter(sections.router, report);
  const cors = resolveCors(sections.cors, report);
  const routes = resolveRoutes(sections.routes, { declared, router, cors }, report);
  reportMissingTokens(sections, routes, report);
  const model: PolicyModel = {
    sources: documents
      .map((document) => document.source)
      .toSorted((a, b) => compareText(a.path, b.path)),
    roles,
    resources,
    permissions,
    routes,
    principal: resolvePrincipal(sections.principal, report),
    issuers: resolveTokens(sections.tokens, report),
    cors,
    router,
    problems: resolveProblems(sections.problems, report),
    audit: resolveAudit(sections.audit, report),
  };
  return { model: diagnostics.length === 0 ? model : undefined, diagnostics };
}

/** Without tokens nobody is ever authenticated, and a guarded route is closed for good. */
function reportMissingTokens(
  sections: PolicySections,
  routes: readonly RouteModel[],
  report: Report,
): void {
  if (sections.tokens.length > 0) return;
  const guarded = routes
    .filter((route) => route.access !== "public")
    .toSorted((a, b) => compareText(a.at.file, b.at.file) || a.at.start - b.at.start);
  const [first] = guarded;
  if (first === undefined) return;
  report({
    code: "no-tokens",
    message: `${quoteText(first.id)} needs a caller, but the policy accepts no tokens`,
    at: first.at,
    help: "say under `tokens` whose tokens are accepted",
  });
}
