import type { PolicyEntry, PolicyNode } from "../1-load/policy-document.js";
import { listErrorSources } from "../conditions/list-error-sources.js";
import type { SourceText } from "../diagnostics/diagnostic.js";
import { createConditionReader } from "./condition-reader.js";
import type { ReadCondition } from "./condition-reader.js";
import type { Report } from "./mistake.js";
import type {
  ClauseModel,
  ConditionModel,
  PermissionReference,
  PrincipalModel,
  RequestInputsModel,
  ResourceModel,
  RoleModel,
  RouteModel,
} from "./policy-model.js";
import { quoteText } from "./quote-text.js";
import { itemsOf, textOf, valueAt } from "./read-node.js";
import { resolveGrant } from "./resolve-permissions.js";
import type { DeclaredPermissions } from "./resolve-permissions.js";
import { createSuggestName } from "./suggest-name.js";

/** What conditions may speak of, resolved before them. */
export interface ClauseScope {
  readonly sources: readonly SourceText[];
  readonly roles: readonly RoleModel[];
  readonly resources: readonly ResourceModel[];
  readonly routes: readonly RouteModel[];
  readonly principal: PrincipalModel;
  readonly request: RequestInputsModel;
  readonly declared: DeclaredPermissions;
}

export interface ResolvedClauses {
  readonly clauses: readonly ClauseModel[];
  /** In the order of their places. */
  readonly conditions: readonly ConditionModel[];
}

/** The conditional grants and denies of roles and derived roles, their conditions read and checked. */
export function resolveClauses(
  sections: {
    readonly roles: readonly PolicyEntry[];
    readonly conditions: readonly PolicyEntry[];
    readonly derivedRoles: readonly PolicyEntry[];
  },
  scope: ClauseScope,
  reportAny: Report,
): ResolvedClauses {
  const report = reportOnce(reportAny);
  const uses = usesOf(scope, sections.derivedRoles);
  const named = {
    entries: sections.conditions,
    permissionsOf: (name: string) => [...(uses.get(name) ?? [])],
  };
  const reader = createConditionReader(named, scope, report);
  // After a loop no role is resolved, but all are declared.
  const declared = new Map(sections.roles.map(({ key }) => [key, [key]]));
  const holders = new Map([...declared, ...holdersOf(scope.roles)]);
  const clauses: ClauseModel[] = [];
  for (const role of scope.roles) {
    const roles = holders.get(role.name) ?? [];
    for (const grant of role.grants) {
      if (grant.when !== undefined)
        clauses.push(clauseOf("grant", grant, role.name, roles, reader.read));
    }
    for (const deny of role.conditionalDenies) {
      const clause = clauseOf("deny", deny, role.name, roles, reader.read);
      reportUndecidable(clause, deny, report);
      clauses.push(clause);
    }
  }
  for (const entry of sections.derivedRoles) {
    clauses.push(...derivedClauses(entry, { scope, holders, read: reader.read }, report));
  }
  return { clauses, conditions: reader.conditions() };
}

/** By what stands under a `when`, a name among others: the permissions that it is for. */
function usesOf(
  { roles, declared }: ClauseScope,
  derivedRoles: readonly PolicyEntry[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const uses = new Map<string, Set<string>>();
  const note = (when: PolicyNode | undefined, permissions: readonly string[]) => {
    for (const node of itemsOf(when)) {
      const text = textOf(node)?.trim() ?? "";
      uses.set(text, new Set([...(uses.get(text) ?? []), ...permissions]));
    }
  };
  for (const { grants, conditionalDenies } of roles) {
    for (const { when, permissions } of [...grants, ...conditionalDenies]) note(when, permissions);
  }
  for (const { value } of derivedRoles) {
    for (const node of itemsOf(valueAt(value, "grants"))) {
      // Its mistakes are reported where it is read.
      const grant = resolveGrant(node, declared, () => undefined);
      note(valueAt(value, "when"), grant?.permissions ?? []);
    }
  }
  return uses;
}

/** A condition is checked for each permission that it is for, and its mistakes are those of one text. */
function reportOnce(report: Report): Report {
  const reported = new Set<string>();
  return (mistake) => {
    const { file, start, end } = mistake.at;
    const key = `${mistake.code} ${start} ${end} ${file}`;
    if (!reported.has(key)) report(mistake);
    reported.add(key);
  };
}

function clauseOf(
  effect: ClauseModel["effect"],
  reference: PermissionReference,
  role: string,
  roles: readonly string[],
  read: ReadCondition,
): ClauseModel {
  const { at, permissions, when, missing } = reference;
  return {
    effect,
    at,
    role,
    roles,
    permissions,
    conditions: when === undefined ? [] : read(when, permissions),
    missing: missing ?? "deny",
  };
}

/** A deny that an error or a missing claim leaves open is one that nobody wrote. */
function reportUndecidable(clause: ClauseModel, deny: PermissionReference, report: Report): void {
  if (deny.missing !== undefined) return;
  for (const { checked, spanOf } of clause.conditions) {
    const [source] = checked === undefined ? [] : listErrorSources(checked);
    if (source === undefined) continue;
    report({
      code: "deny-can-fail",
      message: `this deny cannot always be decided: ${causes[source.cause]}`,
      at: spanOf(source),
      help: "guard it with `has()`, or say `missing: deny` or `missing: skip` beside `when`",
    });
    return;
  }
}

const causes: Readonly<Record<ReturnType<typeof listErrorSources>[number]["cause"], string>> = {
  missing: "this may be missing",
  "no-such-key": "the map may lack this key",
  "out-of-bounds": "the list may be shorter",
  overflow: "the number may grow too large",
  "divide-by-zero": "the divisor may be zero",
  "invalid-value": "the value may not convert",
  "wrong-type": "the value may have another type",
  "repeated-key": "a key may stand twice",
  "too-costly": "the lists may be too long",
  "unknown-name": "the name may not exist",
};

interface DerivedScope {
  readonly scope: ClauseScope;
  readonly holders: ReadonlyMap<string, readonly string[]>;
  readonly read: ReadCondition;
}

/** A derived role is a conditional grant to the roles that it comes from. */
function derivedClauses(
  { key, keyAt, value }: PolicyEntry,
  { scope, holders, read }: DerivedScope,
  report: Report,
): readonly ClauseModel[] {
  const resource = valueAt(value, "resource");
  const name = textOf(resource) ?? "";
  if (scope.roles.some((role) => role.name === key)) {
    report({
      code: "duplicate-role",
      message: `${quoteText(key)} is a role and a derived role`,
      at: keyAt,
      help: "choose another name for one of the two",
    });
  }
  if (resource !== undefined && !scope.declared.byResource.has(name)) {
    report({
      code: "unknown-resource",
      message: `unknown resource ${quoteText(name)}`,
      at: resource.at,
      help: scope.declared.suggestResource(name) ?? "declare it under `resources`",
    });
    return [];
  }
  const roles = fromRoles(valueAt(value, "from"), holders, report);
  const when = valueAt(value, "when");
  return itemsOf(valueAt(value, "grants")).flatMap((node): readonly ClauseModel[] => {
    const grant = resolveGrant(node, scope.declared, report);
    if (grant === undefined || when === undefined) return [];
    if (grant.permissions.some((permission) => !permission.startsWith(`${name}.`))) {
      report({
        code: "bad-permission",
        message: `derived role ${quoteText(key)} is towards ${quoteText(name)}, not towards what ${quoteText(grant.text)} is about`,
        at: grant.at,
        help: `grant permissions on ${quoteText(name)} alone`,
      });
      return [];
    }
    return [clauseOf("grant", { ...grant, when }, key, roles, read)];
  });
}

function fromRoles(
  node: PolicyNode | undefined,
  holders: ReadonlyMap<string, readonly string[]>,
  report: Report,
): readonly string[] {
  const suggest = createSuggestName([...holders.keys()]);
  const roles = itemsOf(node).flatMap((item) => {
    const name = textOf(item) ?? "";
    const found = holders.get(name);
    if (found !== undefined) return found;
    report({
      code: "unknown-role",
      message: `unknown role ${quoteText(name)}`,
      at: item.at,
      help: suggest(name) ?? "declare the role under `roles`",
    });
    return [];
  });
  return [...new Set(roles)].toSorted();
}

/** Per role: itself and all roles that inherit from it, sorted. */
function holdersOf(roles: readonly RoleModel[]): ReadonlyMap<string, readonly string[]> {
  const holders = new Map<string, string[]>(roles.map(({ name }) => [name, [name]]));
  for (const role of roles) {
    for (const ancestor of role.ancestors) holders.get(ancestor)?.push(role.name);
  }
  return new Map([...holders].map(([name, all]) => [name, all.toSorted()]));
}

/** `request`: the names that conditions may read, sorted, each once. */
export function resolveRequestInputs(
  section: PolicyEntry | undefined,
  report: Report,
): RequestInputsModel {
  const names = (key: "headers" | "query", pattern: RegExp, help: string) => {
    const texts = itemsOf(valueAt(section?.value, key)).flatMap((item) => {
      const name = textOf(item) ?? "";
      if (pattern.test(name)) return name;
      report({
        code: "bad-request-input",
        message: `${quoteText(name)} cannot be read by conditions`,
        at: item.at,
        help,
      });
      return [];
    });
    return [...new Set(texts)].toSorted();
  };
  return {
    headers: names(
      "headers",
      /^(?!(?:proxy-)?authorization$|cookie$)[a-z0-9-]{1,100}$/,
      "write the name of a header in lower case; `authorization`, `proxy-authorization` and `cookie` hold secrets",
    ),
    query: names("query", /^[A-Za-z0-9_.-]{1,100}$/, "write letters, digits, `_`, `.` and `-`"),
  };
}
