import type { PolicyDocument } from "../../../1-load/policy-document.js";
import type { SourceText } from "../../../diagnostics/diagnostic.js";
import type { ImportPlan } from "../2-plan/import-plan.js";
import type { AddedContent } from "./place-additions.js";
import { printFile } from "./print-file.js";
import type { FileContent } from "./print-file.js";
import { printSettings } from "./print-settings.js";

export interface NewFiles {
  /** What is new and has no file yet, by the path of its file. */
  readonly additions: ReadonlyMap<string, AddedContent>;
  readonly main: string;
  readonly request: { readonly document: { readonly path: string }; readonly name: string };
  readonly documents: readonly PolicyDocument[];
  /** Given for the first import, which writes settings too. */
  readonly plan: ImportPlan | undefined;
}

/** In characters; a file of the policy may have twice as many. */
const MAX_LENGTH = 512 * 1024;

export function newFiles(files: NewFiles): readonly SourceText[] {
  const { additions, main, request, documents, plan } = files;
  const settings = plan === undefined ? [] : printSettings(plan, { documents, name: request.name });
  const paths = new Set([...additions.keys(), ...(settings.length > 0 ? [main] : [])]);
  return [...paths].flatMap((path) => {
    const added = additions.get(path) ?? { roles: [], resources: [], routes: [] };
    const own = path === main ? settings : [];
    return splitFile({ path, document: request.document.path, ...added, settings: own });
  });
}

/** Printed as one file, or as several where it would be too long for one. */
function splitFile(content: FileContent): readonly SourceText[] {
  const parts = halve(content);
  return parts.map((part, index) => {
    const path = index === 0 ? content.path : content.path.replace(/\.yaml$/, `.${index + 1}.yaml`);
    return { path, text: printFile({ ...part, path }) };
  });
}

function halve(content: FileContent): readonly FileContent[] {
  const { roles, resources, routes } = content;
  const longest = Math.max(roles.length, resources.length, routes.length);
  if (longest < 2 || printFile(content).length <= MAX_LENGTH) return [content];
  const first = {
    ...content,
    roles: roles.slice(0, middle(roles)),
    resources: resources.slice(0, middle(resources)),
    routes: routes.slice(0, middle(routes)),
  };
  const second = {
    ...content,
    roles: roles.slice(middle(roles)),
    resources: resources.slice(middle(resources)),
    routes: routes.slice(middle(routes)),
    settings: [],
  };
  return [...halve(first), ...halve(second)];
}

function middle(list: readonly unknown[]): number {
  return Math.ceil(list.length / 2);
}
