import type { PolicyEntry, PolicyNode } from "../1-load/policy-document.js";
import type { SourceSpan } from "../diagnostics/diagnostic.js";
import type { AuditFieldModel, MaskModel } from "./audit-events-model.js";
import type { Report } from "./mistake.js";
import type { KeyPlace, RoleModel } from "./policy-model.js";
import { quoteText } from "./quote-text.js";
import { booleanOf, entriesOf, itemsOf, textOf, valueAt } from "./read-node.js";
import { reportBothForms } from "./resolve-audit-events.js";
import { resolveClass } from "./resolve-mask-class.js";
import type { DeclaredMasks } from "./resolve-mask-class.js";
import type { ResponseModel, ResponsesModel, ShapeModel } from "./responses-model.js";
import { byName, compareText } from "./sort-names.js";
import { createSuggestName } from "./suggest-name.js";
import type { SuggestName } from "./suggest-name.js";

/** Objects within objects, other schemas included; documents that nest deeper are not for people. */
const MAX_DEPTH = 32;

const types: readonly AuditFieldModel["type"][] = [
  "string",
  "int",
  "double",
  "bool",
  "list<string>",
];

export interface ResponsesScope {
  readonly declared: DeclaredMasks;
  readonly secret: KeyPlace | undefined;
  readonly roles: readonly RoleModel[];
  readonly derivedRoles: readonly PolicyEntry[];
}

interface Around extends ResponsesScope {
  readonly entries: ReadonlyMap<string, PolicyEntry>;
  readonly used: Map<string, MaskModel>;
  readonly masked: { name: string; at: SourceSpan; mask: MaskModel | undefined }[];
  readonly suggestSchema: SuggestName;
  readonly suggestRole: SuggestName;
  /** By role, those that inherit it, and itself. */
  readonly heirs: ReadonlyMap<string, readonly string[]>;
  readonly report: Report;
}

/** The schemas of `responses`, each behind those that it names; undefined where there are none. */
export function resolveResponses(
  entries: readonly PolicyEntry[],
  scope: ResponsesScope,
  report: Report,
): ResponsesModel | undefined {
  if (entries.length === 0) return undefined;
  const around: Around = {
    ...scope,
    entries: new Map(entries.map((entry) => [entry.key, entry])),
    used: new Map(),
    masked: [],
    suggestSchema: createSuggestName(entries.map(({ key }) => key)),
    suggestRole: createSuggestName(scope.roles.map(({ name }) => name)),
    heirs: heirsOf(scope.roles),
    report,
  };
  const schemas = entries.map(
    ({ key: name, keyAt: at, value }): ResponseModel => ({
      name,
      at,
      description: textOf(valueAt(value, "description")),
      shape: resolveShape({ key: name, keyAt: at, value }, { isRoot: true, depth: 0 }, around),
    }),
  );
  reportBothForms(around.masked, report);
  return {
    schemas: sortSchemas(schemas.toSorted(byName), report),
    masks: [...around.used.values()].toSorted(byName),
    secret: scope.secret,
  };
}

function heirsOf(roles: readonly RoleModel[]): ReadonlyMap<string, readonly string[]> {
  const heirs = new Map<string, string[]>(roles.map(({ name }) => [name, [name]]));
  for (const { name, ancestors } of roles) {
    for (const ancestor of ancestors) heirs.get(ancestor)?.push(name);
  }
  return heirs;
}

interface Level {
  readonly isRoot: boolean;
  readonly depth: number;
}

const hidden: ShapeModel = { kind: "object", optional: false, list: false, fields: [] };

function resolveShape(entry: PolicyEntry, { isRoot, depth }: Level, around: Around): ShapeModel {
  const { key: name, keyAt: at, value } = entry;
  const said = entriesOf(value).map(({ key }) => key);
  const forms = ["type", "fields", "of"].filter((form) => said.includes(form));
  const [form] = forms;
  const optional = booleanOf(valueAt(value, "optional")) === true;
  const list = booleanOf(valueAt(value, "list")) === true;
  if (forms.length !== 1) {
    const choices = isRoot ? "`fields` and `of`" : "`type`, `fields` and `of`";
    mistake(`${quoteText(name)} does not say one form`, at, `write one of ${choices}`, around);
    return hidden;
  }
  if (form === "type") return resolveValue(entry, { optional, list }, around);
  for (const key of ["class", "plainFor"]) {
    const stray = entriesOf(value).find((option) => option.key === key);
    if (stray === undefined) continue;
    const help = "write it at the fields within";
    mistake(`\`${key}\` stands on what is no value`, stray.keyAt, help, around);
  }
  if (form === "of") {
    const node = valueAt(value, "of");
    const schema = textOf(node) ?? "";
    if (!around.entries.has(schema)) reportUnknown(schema, node?.at ?? at, around);
    return { kind: "schema", optional, list, schema };
  }
  if (depth >= MAX_DEPTH) {
    mistake("fields nest too deeply", at, `nest at most ${MAX_DEPTH} objects`, around);
    return hidden;
  }
  const fields = entriesOf(valueAt(value, "fields")).map((field) => {
    const shape = resolveShape(field, { isRoot: false, depth: depth + 1 }, around);
    return { name: field.key, at: field.keyAt, shape };
  });
  return { kind: "object", optional, list, fields: fields.toSorted(byName) };
}

function reportUnknown(
  name: string,
  at: SourceSpan,
  { suggestSchema, report }: Pick<Around, "suggestSchema" | "report">,
): void {
  report({
    code: "unknown-response",
    message: `unknown response schema ${quoteText(name)}`,
    at,
    help: suggestSchema(name) ?? "declare it under `responses`",
  });
}

/** Tells where a method of a path names a schema that is not there. */
export function createFindResponse(
  entries: readonly PolicyEntry[],
  report: Report,
): (method: PolicyEntry) => void {
  const names = new Set(entries.map(({ key }) => key));
  const suggestSchema = createSuggestName([...names]);
  let unknown = 0;
  return ({ value }) => {
    const node = valueAt(value, "response");
    const name = textOf(node);
    if (node === undefined || name === undefined || names.has(name)) return;
    unknown += 1;
    // Where `responses` is not there at all, that is one mistake, however many routes name something in it.
    if (entries.length === 0 && unknown > 1) return;
    reportUnknown(name, node.at, { suggestSchema, report });
  };
}

function resolveValue(
  { key: name, keyAt: at, value }: PolicyEntry,
  { optional, list }: { readonly optional: boolean; readonly list: boolean },
  around: Around,
): ShapeModel {
  const type = types.find((known) => known === textOf(valueAt(value, "type"))) ?? "string";
  const node = valueAt(value, "class");
  if (list) mistake("`list` stands on a value", at, "write `type: list<string>`", around);
  if (node === undefined) {
    const help = "write `class: public`, or how it is masked";
    mistake(`${quoteText(name)} has no class`, at, help, around);
  }
  const mask = node === undefined ? undefined : resolveClass(node, around, around.report);
  around.masked.push({ name, at, mask });
  if (mask?.method === "hmac" && (type === "bool" || type === "double")) {
    around.report({
      code: "low-entropy-hash",
      message: `values of type \`${type}\` cannot be hashed`,
      at: node?.at ?? at,
      help: "use `null-out`, or `bucket` for a number",
    });
  }
  const plain = entriesOf(value).find(({ key }) => key === "plainFor");
  if (plain !== undefined && node !== undefined && mask === undefined) {
    const help = "leave it out: every caller sees what is public";
    mistake("`plainFor` stands on a public field", plain.keyAt, help, around);
  }
  const plainFor = plain === undefined ? [] : resolveRoles(plain.value, around);
  return { kind: "value", optional, type, mask: mask?.name, plainFor };
}

function resolveRoles(node: PolicyNode, around: Around): readonly string[] {
  const { heirs, derivedRoles, suggestRole, report } = around;
  const found = itemsOf(node).flatMap((item) => {
    const name = textOf(item) ?? "";
    const known = heirs.get(name);
    if (known !== undefined) return known;
    const isDerived = derivedRoles.some(({ key }) => key === name);
    report({
      code: "unknown-role",
      message: isDerived
        ? `the derived role ${quoteText(name)} cannot see more of a response`
        : `unknown role ${quoteText(name)}`,
      at: item.at,
      help: isDerived
        ? "name a role that tokens carry: a derived role holds for a permission, not for a field"
        : (suggestRole(name) ?? "declare it under `roles`"),
    });
    return [];
  });
  return [...new Set(found)].toSorted(compareText);
}

/** Each schema behind those that it names; a circle is told where it begins, and is broken there. */
function sortSchemas(schemas: readonly ResponseModel[], report: Report): readonly ResponseModel[] {
  const byKey = new Map(schemas.map((schema) => [schema.name, schema]));
  const sorted: ResponseModel[] = [];
  const depths = new Map<string, number>();
  const open = new Set<string>();
  for (const schema of schemas) visit(schema);
  return sorted;

  function visit(schema: ResponseModel): number {
    const known = depths.get(schema.name);
    if (known !== undefined) return known;
    open.add(schema.name);
    let deepest = 0;
    for (const { name } of namedIn(schema.shape)) {
      const next = byKey.get(name);
      if (next === undefined) continue;
      if (open.has(name)) {
        reportLoop(next, [...open].slice([...open].indexOf(name)), report);
        continue;
      }
      // Deep chains are refused before they could be walked.
      if (open.size <= MAX_DEPTH) deepest = Math.max(deepest, visit(next));
      else deepest = MAX_DEPTH;
    }
    open.delete(schema.name);
    if (deepest === MAX_DEPTH) {
      report({
        code: "bad-response",
        message: "response schemas name each other too deeply",
        at: schema.at,
        help: `let a chain have at most ${MAX_DEPTH} of them`,
      });
    }
    depths.set(schema.name, deepest + 1);
    sorted.push(schema);
    return deepest + 1;
  }
}

function reportLoop(first: ResponseModel, names: readonly string[], report: Report): void {
  report({
    code: "response-loop",
    message: `response schemas hold each other: ${[...names, first.name].map(quoteText).join(" → ")}`,
    at: first.at,
    help: "break the circle: a document cannot hold itself",
  });
}

function namedIn(shape: ShapeModel): readonly { readonly name: string }[] {
  if (shape.kind === "schema") return [{ name: shape.schema }];
  return shape.kind === "object" ? shape.fields.flatMap((field) => namedIn(field.shape)) : [];
}

function mistake(message: string, at: SourceSpan, help: string, { report }: Around): void {
  report({ code: "bad-response", message, at, help });
}
