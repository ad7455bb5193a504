import type { SourceText } from "../../diagnostics/diagnostic.js";
import type { PlainMap } from "./1-read/plain-value.js";
import type { UnsaidAccess } from "./2-plan/fill-needs.js";

export interface ImportRequest {
  /** The OpenAPI document as {@link readDocument} read it, and its file. What it says is not trusted. */
  readonly document: ImportedDocument;
  /** Names the import's files: a letter, then up to 49 letters, digits, `_` or `-`. */
  readonly name: string;
  /** The policy folder as it stands in paths, with forward slashes. */
  readonly folder: string;
  /** Every file of the policy. */
  readonly policies: readonly SourceText[];
  /** What the last import of this name left; undefined for the first. */
  readonly stamp: SourceText | undefined;
  /** Whether the path of the document's first server stands in front of every route. */
  readonly hasServerPrefix: boolean;
  /** What it means where the document says nothing on security; by default see `docs/openapi-import.md`. */
  readonly unsaid: UnsaidAccess | undefined;
}

export interface ImportedDocument {
  readonly path: string;
  readonly content: PlainMap;
}

export interface ImportedFile {
  readonly path: string;
  /** Undefined where the file is left without content and goes. */
  readonly text: string | undefined;
}

export interface ImportPaths {
  /** Roles, settings, and what belongs to no resource. */
  readonly main: string;
  /** The folder of the other files, with a slash at its end. */
  readonly folder: string;
  /** What the last import said. */
  readonly stamp: string;
  readonly fileOf: (resource: string) => string;
}

/** The files of an import of this name in a policy folder. */
export function importPaths(policies: string, name: string): ImportPaths {
  const prefix = policies === "." ? "" : `${policies}/`;
  const folder = `${prefix}${name}/`;
  return {
    main: `${prefix}${name}.yaml`,
    folder,
    stamp: `${folder}import.json`,
    fileOf: (resource) => `${folder}${resource}.yaml`,
  };
}
