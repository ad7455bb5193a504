import { compareText } from "../../../3-model/sort-names.js";
import type { DocumentOperation } from "../1-read/document-operation.js";
import { itemsIn, textIn } from "../1-read/plain-value.js";
import type { PlainMap } from "../1-read/plain-value.js";
import { toLine } from "../1-read/to-line.js";
import { takeName, toName } from "./to-name.js";
import type { TakenNames } from "./to-name.js";

export interface NamedResource {
  readonly name: string;
  /** One line, possibly empty. */
  readonly description: string;
}

export interface ResourceNaming {
  /** The import's name. */
  readonly name: string;
  /** Resources that the policy has besides those of this import. */
  readonly taken: ReadonlySet<string>;
}

/**
 * The resource of each operation: its first tag, or the first word of its path where it has no tag.
 * Two tags are two resources, also where they read alike; a file is named after each, so that names
 * differ in more than capitals, and none is a device of Windows.
 */
export function nameResources(
  document: PlainMap,
  operations: readonly DocumentOperation[],
  { name, taken }: ResourceNaming,
): (operation: DocumentOperation) => NamedResource {
  const descriptions = new Map(
    itemsIn(document, "tags").map((tag) => [textIn(tag, "name"), textIn(tag, "description")]),
  );
  const reserved = new Set([...taken].map((word) => word.toLowerCase()));
  const used: TakenNames = new Map([...reserved].map((word) => [word, 2]));
  const named = new Map<string, NamedResource>();
  const takeFor = (word: string) => {
    const plain = wordName(word);
    const isFree = !reserved.has(plain) && !DEVICE.test(plain);
    return takeName(
      isFree ? plain : `${toName(name.toLowerCase(), "api")}-${plain}`.slice(0, 95),
      used,
    );
  };
  const tags = new Set(operations.flatMap(({ tag }) => tag ?? []));
  for (const tag of [...tags].toSorted(compareText)) {
    const said = toLine(descriptions.get(tag) ?? "");
    const plain = wordName(tag);
    const description = said === "" && plain !== tag ? toLine(tag) : said;
    const resource = { name: takeFor(tag), description };
    named.set(`tag ${tag}`, resource);
    if (!named.has(`word ${plain}`)) named.set(`word ${plain}`, resource);
  }
  const words = operations.flatMap(({ tag, path }) =>
    tag === undefined ? firstWord(path, name) : [],
  );
  for (const word of [...new Set(words)].toSorted(compareText)) {
    const key = `word ${wordName(word)}`;
    if (!named.has(key)) named.set(key, { name: takeFor(word), description: "" });
  }
  return ({ tag, path }) => {
    const key = tag === undefined ? `word ${wordName(firstWord(path, name))}` : `tag ${tag}`;
    return named.get(key) ?? { name, description: "" };
  };
}

const DEVICE = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])$/;

function wordName(word: string): string {
  return toName(word.toLowerCase(), "tag");
}

function firstWord(path: string, fallback: string): string {
  const words = (path.split(/[?#]/, 1)[0] ?? "").split("/");
  return words.find((word) => isTelling(word)) ?? fallback;
}

/** Whether a segment says what a path is about. */
export function isTelling(segment: string): boolean {
  return segment !== "" && !/[{}]/.test(segment) && !/^(?:api|rest|v[0-9.]+)$/i.test(segment);
}
