import type { KeyPair } from "./key-pair.js";
import { readKeyPair } from "./key-pair.js";
import type { RingDocument, RingEntry } from "./ring-document.js";

/** An entry with its keys opened; undefined where a provider keeps the only one. */
export interface HeldKey {
  readonly entry: RingEntry;
  readonly pair: KeyPair | undefined;
}

/** A document with its keys opened, by id. */
export interface HeldRing {
  readonly document: RingDocument;
  readonly keys: ReadonlyMap<string, HeldKey>;
}

/** Opens the keys of a document that was checked. */
export function holdKeys(document: RingDocument): HeldRing {
  const keys = document.entries.map(
    (entry) => [entry.id, { entry, pair: openPair(entry) }] as const,
  );
  return { document, keys: new Map(keys) };
}

function openPair({ alg, key }: RingEntry): KeyPair | undefined {
  return key === null ? undefined : readKeyPair({ alg, key, isComplete: false }, failUnchecked);
}

function failUnchecked(reason: string): never {
  throw new Error(`a checked key ${reason}`);
}
