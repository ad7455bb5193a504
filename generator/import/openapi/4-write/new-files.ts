import type { SourceText } from "../../../diagnostics/diagnostic.js";
import type { AddedContent } from "./place-additions.js";
import { printFile } from "./print-file.js";
import type { FileContent } from "./print-file.js";
import type { Settings } from "./print-settings.js";

export interface NewFiles {
  /** What is new and has no file yet, by the path of its file. */
  readonly additions: ReadonlyMap<string, AddedContent>;
  /** The document's file, for the heads of the files. */
  readonly document: string;
  /** The import's own file, which gets the settings. */
  readonly main: string;
  readonly settings: Settings;
}

/** In characters; a file of the policy may have twice as many. */
const MAX_LENGTH = 512 * 1024;

export function newFiles({ additions, document, main, settings }: NewFiles): readonly SourceText[] {
  const paths = new Set([...additions.keys(), ...(settings.size > 0 ? [main] : [])]);
  return [...paths].flatMap((path) => {
    const added = additions.get(path) ?? { roles: [], resources: [], routes: [] };
    const own: Settings = path === main ? settings : new Map();
    return splitFile({ path, document, ...added, settings: own });
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
    settings: new Map(),
  };
  return [...halve(first), ...halve(second)];
}

function middle(list: readonly unknown[]): number {
  return Math.ceil(list.length / 2);
}
