import { resolve } from "node:path";
import { packDocument } from "./1-load/pack-document.js";
import { parsePolicy } from "./1-load/parse-policy.js";
import type { ParsedPolicy } from "./1-load/parse-policy.js";
import type { PolicyDocument } from "./1-load/policy-document.js";
import { unpackDocument } from "./1-load/unpack-document.js";
import { readCached, writeCached } from "./cache-folder.js";
import { compilerState } from "./compiler-state.js";
import type { SourceText } from "./diagnostics/diagnostic.js";
import { digestOf } from "./digest.js";
import { shownPath } from "./shown-path.js";

/** Parses policy files, and knows those that were parsed before. */
export interface ParseCache {
  /** What {@link parsePolicy} gives, without parsing where the cache holds the same text. */
  readonly parse: (source: SourceText) => ParsedPolicy;
  /** Keeps what was asked for, where any of it is new. */
  readonly save: () => Promise<void>;
}

/** What a line holds behind the key. */
interface Entry {
  /** Over key and JSON: an entry that is damaged, or was moved to another key, is none. */
  readonly seal: string;
  readonly json: string;
}

/**
 * The cache of a policy folder: one file, a line for each policy file, keyed by its text and the state of
 * the compiler. Only what was parsed without a mistake is kept, and only stage 1: a tree of the cache is
 * checked against the schema like any other. Whoever can write the cache can forge an entry.
 */
export async function openParseCache(policies: string): Promise<ParseCache> {
  const name = `parsed-${digestOf(shownPath(resolve(policies))).slice(0, 16)}.txt`;
  const state = digestOf(JSON.stringify(compilerState()));
  const known = entriesOf((await readCached(name)) ?? "");
  const used = new Map<string, Entry>();
  let isNew = false;
  return {
    parse(source) {
      const key = digestOf(`${state}\n${source.text}`);
      const entry = known.get(key);
      const cached = entry && documentOf(key, entry, source);
      if (entry !== undefined && cached !== undefined) {
        used.set(key, entry);
        return { document: cached, diagnostics: [] };
      }
      const parsed = parsePolicy(source);
      if (parsed.document !== undefined && parsed.diagnostics.length === 0) {
        const json = JSON.stringify(packDocument(parsed.document));
        used.set(key, { seal: sealOf(key, json), json });
        isNew = true;
      }
      return parsed;
    },
    async save() {
      if (!isNew) return;
      const lines = Array.from(used, ([key, { seal, json }]) => `${key} ${seal} ${json}\n`);
      await writeCached(name, lines.join(""));
    },
  };
}

function entriesOf(text: string): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>();
  for (const line of text.split("\n")) {
    const [, key, seal, json] = /^([0-9a-f]{64}) ([0-9a-f]{64}) (.+)$/.exec(line) ?? [];
    if (key !== undefined && seal !== undefined && json !== undefined) {
      entries.set(key, { seal, json });
    }
  }
  return entries;
}

function documentOf(
  key: string,
  { seal, json }: Entry,
  source: SourceText,
): PolicyDocument | undefined {
  if (seal !== sealOf(key, json)) return undefined;
  try {
    return unpackDocument(JSON.parse(json), source);
  } catch {
    return undefined;
  }
}

function sealOf(key: string, json: string): string {
  return digestOf(`${key} ${json}`);
}
