import type { Diagnostic } from "../../diagnostics/diagnostic.js";
import { importPaths } from "./import-request.js";
import type { ImportRequest } from "./import-request.js";

/** A file where the first import would write belongs to somebody. */
export function findForeign({ folder, name, policies }: ImportRequest): Diagnostic | undefined {
  const paths = importPaths(folder, name);
  const found = policies.find(({ path }) => path === paths.main || path.startsWith(paths.folder));
  if (found === undefined) return undefined;
  return {
    code: "openapi-foreign-file",
    severity: "error",
    message: `the file stands where the import \`${name}\` would write`,
    at: { file: found.path, start: 0, end: 0 },
    help: `give the import another name with \`--name\`, or bring \`${paths.stamp}\` back`,
  };
}

export function noOperations({ document }: ImportRequest): Diagnostic {
  return {
    code: "openapi-no-operations",
    severity: "error",
    message: "the document has no operations under `paths`",
    at: { file: document.path, start: 0, end: 0 },
    help: "name the document that describes the service's own paths",
  };
}

export function notEditable(file: string): Diagnostic {
  return {
    code: "openapi-not-merged",
    severity: "error",
    message: "the import cannot edit the file in the form that it has",
    at: { file, start: 0, end: 0 },
    help: "write its routes, roles and resources as indented maps, or make the change by hand",
  };
}

export function notMerged({ document }: ImportRequest, odd: string | undefined): Diagnostic {
  return {
    code: "openapi-not-merged",
    severity: "error",
    message: `the merged policy would not say what it should${odd === undefined ? "" : ` of \`${odd}\``}`,
    at: { file: document.path, start: 0, end: 0 },
    help: "nothing is written: make this change by hand, then import again",
  };
}

/** What the compiler says of all routes together, said of the document. */
export function notAPolicy({ message, help }: Diagnostic, { document }: ImportRequest): Diagnostic {
  return {
    code: "openapi-not-a-policy",
    severity: "error",
    message: `the document cannot become a policy: ${message}`,
    at: { file: document.path, start: 0, end: 0 },
    help: help ?? "import the document in parts",
  };
}
