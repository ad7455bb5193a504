import type { DocumentOperation } from "../1-read/document-operation.js";
import { isTelling } from "./name-resources.js";
import { toName } from "./to-name.js";

/**
 * The action that an operation asks for: its `operationId` without the resource's name in front, or
 * its method and path where the document gives none. `paths` are all paths, nameless.
 */
export function wishAction(
  operation: DocumentOperation,
  resource: string,
  paths: ReadonlySet<string>,
): string {
  const { operationId } = operation;
  if (operationId === undefined) return nameByPath(operation, resource, paths);
  return withoutResource(toName(operationId, "op"), resource);
}

/** A path without the names of its parameters. */
export function namelessPath(path: string): string {
  return (path.split(/[?#]/, 1)[0] ?? "").replace(/\{[^{}]*\}/g, "{}").replace(/\/$/, "");
}

/** `issues/list-for-repo` of resource `issues` is `list-for-repo`. */
function withoutResource(name: string, resource: string): string {
  const rest = name.slice(resource.length).replace(/^[-_]+/, "");
  const isPrefix =
    name.toLowerCase().startsWith(resource) && rest.length < name.length - resource.length;
  return isPrefix && /^[A-Za-z]/.test(rest) ? toName(rest, "op") : name;
}

const verbs: Readonly<Record<string, string>> = {
  GET: "get",
  HEAD: "head",
  POST: "create",
  PUT: "replace",
  PATCH: "update",
  DELETE: "delete",
  OPTIONS: "options",
};

/** A verb, and the words of the path beside the resource's own: `list`, `get`, `create-refund`. */
function nameByPath(
  { method, path }: DocumentOperation,
  resource: string,
  paths: ReadonlySet<string>,
): string {
  const plain = namelessPath(path);
  const isCollection = method === "GET" && paths.has(`${plain}/{}`);
  const verb = isCollection ? "list" : (verbs[method] ?? method.toLowerCase());
  const words = plain
    .split("/")
    .filter(isTelling)
    .map((piece) => piece.toLowerCase())
    .filter((word) => word !== resource);
  return toName([verb, ...words].join("-"), "op");
}
