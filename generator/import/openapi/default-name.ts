import { textIn, valueIn } from "./1-read/plain-value.js";
import type { PlainMap } from "./1-read/plain-value.js";
import { toName } from "./2-plan/to-name.js";

/** The name of an import that is not given one: the document's title, in lower case. */
export function defaultName(document: PlainMap): string {
  const title = textIn(valueIn(document, "info"), "title") ?? "api";
  return toName(title.toLowerCase(), "api")
    .slice(0, 50)
    .replace(/[-_]+$/, "");
}

/** The name becomes a file, a folder and a part of other names. */
export function isImportName(name: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_-]{0,49}$/.test(name);
}
