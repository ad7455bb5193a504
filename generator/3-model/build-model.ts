import type { PolicyDocument, PolicyNode } from "../1-load/policy-document.js";
import type { Diagnostic } from "../diagnostics/diagnostic.js";
import type { MaskModel } from "./audit-events-model.js";
import { resolveAuthentication } from "./resolve-authentication.js";
import { collectSections } from "./collect-sections.js";
import type { PolicySections } from "./collect-sections.js";
import type { Report } from "./mistake.js";
import type {
  ClauseModel,
  PermissionModel,
  PolicyModel,
  RoleModel,
  RouteModel,
} from "./policy-model.js";
import { quoteText } from "./quote-text.js";
import { resolveClauses, resolveRequestInputs } from "./resolve-clauses.js";
import {
  reportMissingSecret,
  resolveAuditEvents,
  resolveAuditSecret,
} from "./resolve-audit-events.js";
import { resolveAuditLog } from "./resolve-audit-log.js";
import { resolveCors } from "./resolve-cors.js";
import { resolveDpop } from "./resolve-dpop.js";
import { declarePermissions } from "./resolve-permissions.js";
import { declareMasks, reportMasksOnce, resolveClass } from "./resolve-mask-class.js";
import type { DeclaredMasks } from "./resolve-mask-class.js";
import { resolvePrincipal } from "./resolve-principal.js";
import { reportMissingTenants, resolveResources } from "./resolve-resources.js";
import { resolveResponses } from "./resolve-responses.js";
import { resolveRevocation } from "./resolve-revocation.js";
import { resolveSessions } from "./resolve-sessions.js";
import { resolveRoles } from "./resolve-roles.js";
import { resolveRoutes } from "./resolve-routes.js";
import { resolveAudit, resolveProblems, resolveRouter } from "./resolve-settings.js";
import { resolveTokens } from "./resolve-tokens.js";
import { shownParams } from "./shown-params.js";
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
  const before = diagnostics.length;
  const issuers = resolveTokens(sections.tokens, report);
  const authentication = resolveAuthentication(
    sections.authentication,
    sections.tokens.map(({ key }) => key),
    report,
  );
  const sessionsAround = {
    issuers,
    areIssuersSound: diagnostics.length === before,
    hasRevocation: sections.revocation !== undefined,
  };
  const masks = declareMasks(sections.masks, report);
  const reportMask = reportMasksOnce(masks, report);
  const classes = { declared: masks, used: new Map<string, MaskModel>() };
  const around = {
    declared,
    router,
    cors,
    authentication,
    responses: sections.responses,
    classOf: (node: PolicyNode) => resolveClass(node, classes, reportMask),
  };
  const routes = resolveRoutes(sections.routes, around, report);
  reportMissingTokens(sections, routes, report);
  const sources = documents
    .map((document) => document.source)
    .toSorted((a, b) => compareText(a.path, b.path));
  const principal = resolvePrincipal(sections.principal, routes, report);
  reportMissingTenants(sections.resources, principal, report);
  const request = resolveRequestInputs(sections.request, report);
  const scope = { sources, roles, resources, routes, principal, request, declared };
  const { clauses, conditions } = resolveClauses(sections, scope, report);
  const masked = resolveMasked(sections, { masks, roles, routes }, { report, reportMask });
  const model: PolicyModel = {
    sources,
    roles,
    resources,
    permissions: withDerived(permissions, clauses),
    routes,
    clauses,
    conditions,
    request,
    principal,
    issuers,
    authentication,
    dpop: resolveDpop(sections.dpop, { tokens: sections.tokens, issuers }, report),
    revocation: resolveRevocation(sections.revocation, issuers, report),
    sessions: resolveSessions(sections.sessions, sessionsAround, report),
    ...masked,
    cors,
    router,
    problems: resolveProblems(sections.problems, report),
    audit: resolveAudit(sections.audit, report),
    auditLog: resolveAuditLog(
      sections.audit,
      { routes, events: masked.auditEvents?.events ?? [] },
      report,
    ),
  };
  return { model: diagnostics.length === 0 ? model : undefined, diagnostics };
}

/** What is masked, in paths, in events and in responses, with the masks that they share. */
function resolveMasked(
  sections: PolicySections,
  { masks: declared, roles, routes }: MaskedScope,
  { report, reportMask }: { readonly report: Report; readonly reportMask: Report },
): Pick<PolicyModel, "auditEvents" | "auditSecret" | "responses" | "unusedMasks"> {
  const { audit, derivedRoles } = sections;
  const auditSecret = resolveAuditSecret(audit, report);
  const params = shownParams(routes);
  const around = { declared, secret: auditSecret };
  const auditEvents = resolveAuditEvents(audit, { ...around, params }, reportMask);
  const responses = resolveResponses(
    sections.responses,
    { ...around, roles, derivedRoles },
    reportMask,
  );
  const used = [
    ...params.flatMap(({ mask }) => mask ?? []),
    ...(auditEvents?.masks ?? []),
    ...(responses?.masks ?? []),
  ];
  const place = sections.masks[0] ?? sections.responses[0] ?? sections.routes[0];
  reportMissingSecret(audit, { at: place?.keyAt, used }, report);
  const unusedMasks = sections.masks
    .filter(({ key }) => !used.some(({ name }) => name === key))
    .map(({ key: name, keyAt: at }) => ({ name, at }));
  return { auditEvents, auditSecret, responses, unusedMasks };
}

interface MaskedScope {
  readonly masks: DeclaredMasks;
  readonly roles: readonly RoleModel[];
  readonly routes: readonly RouteModel[];
}

/** A derived role may grant what no role does. */
function withDerived(
  permissions: readonly PermissionModel[],
  clauses: readonly ClauseModel[],
): readonly PermissionModel[] {
  const granted = new Map<string, string[]>();
  for (const { effect, permissions: names, roles } of clauses) {
    if (effect !== "grant") continue;
    for (const name of names) granted.set(name, [...(granted.get(name) ?? []), ...roles]);
  }
  return permissions.map((permission) => {
    const more = granted.get(permission.name);
    if (more === undefined) return permission;
    const grantedTo = [...new Set([...permission.grantedTo, ...more])].toSorted(compareText);
    return { ...permission, grantedTo };
  });
}

/** Without tokens nobody is ever authenticated, and a guarded route is closed for good. */
function reportMissingTokens(
  sections: PolicySections,
  routes: readonly RouteModel[],
  report: Report,
): void {
  if (sections.tokens.length > 0 || sections.authentication !== undefined) return;
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
