import { routeMethods } from "../../../3-model/methods.js";
import type { PatternRules } from "../../../3-model/parse-pattern.js";
import { compareText } from "../../../3-model/sort-names.js";
import type { DocumentOperation } from "./document-operation.js";
import { findSlash } from "./find-slash.js";
import type { Cause, ImportNote } from "./import-note.js";
import { entriesIn, isMap, itemsIn, textIn, valueIn } from "./plain-value.js";
import type { PlainMap } from "./plain-value.js";
import { hasServers, readBasePath } from "./read-base-path.js";
import { readNeeds } from "./read-needs.js";
import type { ReadNeeds } from "./read-needs.js";
import { readPath } from "./read-path.js";
import { pointerTo, resolveReference } from "./resolve-reference.js";
import { shareSlashes } from "./share-slashes.js";
import { toLine } from "./to-line.js";

export interface ListOptions {
  readonly rules: PatternRules;
  readonly hasServerPrefix: boolean;
}

/** The fields of a path item that are operations (OpenAPI 3.1, section 4.8.9.1), in the order of a policy. */
export const methodOrder = ["get", "head", "post", "put", "patch", "delete", "options", "trace"];

/** All operations of the document, sorted by path and method, with what is wrong about each. */
export function listOperations(
  document: PlainMap,
  options: ListOptions,
): readonly DocumentOperation[] {
  const operations = entriesIn(valueIn(document, "paths"))
    .filter(([path]) => !path.startsWith("x-"))
    .toSorted(([a], [b]) => compareText(a, b))
    .flatMap(([path, item]) => operationsOf(document, { path, item, options }));
  return shareSlashes(operations);
}

interface PathOfDocument {
  readonly path: string;
  readonly item: unknown;
  readonly options: ListOptions;
}

function operationsOf(document: PlainMap, place: PathOfDocument): readonly DocumentOperation[] {
  const { path, item, options } = place;
  const resolved = resolveReference(document, item);
  if (!resolved.ok || !isMap(resolved.value)) {
    const problem = resolved.ok ? "something that is no path item" : resolved.reason;
    return hiddenOperations(document, place, {
      code: "openapi-unreadable-path",
      message: `the path is ${problem}`,
      help: "bring the path item into the document",
    });
  }
  const behind = resolved.value;
  const beside = isMap(item) && item !== behind ? item : undefined;
  return methodOrder.flatMap((field) => {
    const own = beside === undefined ? undefined : valueIn(beside, field);
    const referred = valueIn(behind, field);
    if (own === undefined && referred === undefined) return [];
    const parts = {
      ...place,
      options,
      field,
      items: beside === undefined ? [behind] : [beside, behind],
    };
    const isTwice = own !== undefined && referred !== undefined;
    return readOperation(document, { ...parts, body: own ?? referred, isTwice, path });
  });
}

interface OperationPlace extends PathOfDocument {
  readonly field: string;
  /** The path item, or what stands beside its reference and what it refers to. */
  readonly items: readonly PlainMap[];
  readonly body: unknown;
  readonly isTwice: boolean;
}

function readOperation(document: PlainMap, place: OperationPlace): DocumentOperation {
  const { path, field, items, body, options } = place;
  const id = `${field.toUpperCase()} ${path}`;
  const pointer = pointerTo("paths", path, field);
  const notes: ImportNote[] = [];
  const note = (cause: Cause) => notes.push({ ...cause, operation: id, pointer });
  const base = basePathFor([body, ...items, document], options);
  const read = readPath(base.ok ? base.path : "", path, options.rules);
  const method = field.toUpperCase();
  const security = securityOf(document, body);
  const needs = security === undefined ? undefined : readNeeds(security);
  const refusal =
    findRefusal(place, method) ??
    (base.ok ? undefined : base.cause) ??
    // A wider route may carry a mixed segment over, but not needs that cannot be read.
    (needs !== undefined && "code" in needs ? needs : undefined) ??
    read.refusal;
  const parameters = pathParameters(document, [body, ...items]);
  const slashes = new Map<string, string>();
  for (const [name, spelling] of read.spellings) {
    const why = findSlash(document, parameters.get(spelling.replace(/^[+*]|[+*]$/g, "")), spelling);
    if (why !== undefined) slashes.set(name, why);
  }
  if (read.isCut) note(queryIgnored);
  const readable = needs === undefined || "code" in needs ? undefined : needs;
  if (readable !== undefined) noteSchemes(readable, note);
  return {
    id,
    pointer,
    method,
    path,
    tag: firstTag(body),
    operationId: textIn(body, "operationId"),
    summary: summaryOf(body),
    segments: base.ok ? read.segments : undefined,
    mixed: read.mixed,
    slashes,
    needs: readable?.needs,
    isSecuritySaid: security !== undefined,
    refusal,
    isImplied: false,
    notes,
  };
}

function findRefusal(place: OperationPlace, method: string): Cause | undefined {
  if (!routeMethods.has(method)) {
    return {
      code: "openapi-unsupported-method",
      message: `no route can be bound to ${method}`,
      help: "a request of this method meets no route, and so is refused",
    };
  }
  if (place.isTwice) {
    return {
      code: "openapi-unreadable-operation",
      message: "it stands both beside the path's reference and behind it",
      help: "keep one of the two: OpenAPI does not say which counts",
    };
  }
  if (isMap(place.body)) return undefined;
  return {
    code: "openapi-unreadable-operation",
    message: "it is no operation object",
    help: "correct the document",
  };
}

/** What cannot be read may be any operation: none of them may fall to a wider route. */
function hiddenOperations(
  document: PlainMap,
  { path, options }: PathOfDocument,
  refusal: Cause,
): readonly DocumentOperation[] {
  const base = basePathFor([document], options);
  const { segments, mixed } = readPath(base.ok ? base.path : "", path, options.rules);
  return methodOrder
    .filter((field) => routeMethods.has(field.toUpperCase()))
    .map((field, index) => ({
      id: path,
      pointer: pointerTo("paths", path),
      method: field.toUpperCase(),
      path,
      tag: undefined,
      operationId: undefined,
      summary: "",
      segments,
      mixed,
      slashes: new Map(),
      needs: undefined,
      isSecuritySaid: false,
      refusal,
      isImplied: index > 0,
      notes: [],
    }));
}

function basePathFor(owners: readonly unknown[], options: ListOptions) {
  if (!options.hasServerPrefix) return { ok: true as const, path: "" };
  return readBasePath(owners.find(hasServers));
}

function firstTag(body: unknown): string | undefined {
  const tags = itemsIn(body, "tags").flatMap((tag) => (typeof tag === "string" ? tag : []));
  return tags.find((tag) => tag.trim() !== "");
}

/** An operation's own list replaces the document's, also by an empty one. */
function securityOf(document: PlainMap, body: unknown): unknown {
  const owner = isMap(body) && Object.hasOwn(body, "security") ? body : document;
  return valueIn(owner, "security");
}

/** By name; those of the operation come before those of its path. */
function pathParameters(
  document: PlainMap,
  owners: readonly unknown[],
): ReadonlyMap<string, PlainMap> {
  const found = new Map<string, PlainMap>();
  for (const item of owners.flatMap((owner) => itemsIn(owner, "parameters"))) {
    const resolved = resolveReference(document, item);
    const name = resolved.ok ? textIn(resolved.value, "name") : undefined;
    if (!resolved.ok || name === undefined || found.has(name)) continue;
    if (isMap(resolved.value) && textIn(resolved.value, "in") === "path") {
      found.set(name, resolved.value);
    }
  }
  return found;
}

function summaryOf(body: unknown): string {
  const text = toLine(textIn(body, "summary") ?? textIn(body, "description") ?? "");
  return valueIn(body, "deprecated") === true ? `${text} (deprecated)`.trim() : text;
}

const queryIgnored: Cause = {
  code: "openapi-query-ignored",
  message: "its path ends in a query or a fragment, by which no route is chosen",
};

function noteSchemes({ uncheckedSchemes }: ReadNeeds, note: (cause: Cause) => void): void {
  if (uncheckedSchemes.length === 0) return;
  const names = uncheckedSchemes.join(", ");
  note({
    code: "openapi-scheme-unchecked",
    message: `it also asks for ${names}: the policy checks the scopes alone`,
  });
}
