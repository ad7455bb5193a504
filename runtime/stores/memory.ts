import { GateError } from "../gate-error.js";
import type { OpaqueTokenRecord, OpaqueTokenStore } from "../opaque/token-store.js";

export interface MemoryStoreOptions {
  /** The clock, in milliseconds since the epoch; `Date.now` by default. */
  readonly now?: () => number;
  /** How many tokens it holds at the most; 100 000 by default. A token that lives is not dropped for another. */
  readonly maxEntries?: number;
}

/** How often expired records are looked for where nothing else calls for it. */
const SWEEP_MILLISECONDS = 60_000;

/**
 * Keeps tokens in this process: they end with it, and no other process knows them. A policy must say
 * `volatile` before a gate takes it under `NODE_ENV=production`.
 */
export function createMemoryStore(options: MemoryStoreOptions = {}): OpaqueTokenStore {
  const { now = Date.now, maxEntries = 100_000 } = options;
  const records = new Map<string, OpaqueTokenRecord>();
  const bySubject = new Map<string, Set<string>>();
  let sweepsAt = now() + SWEEP_MILLISECONDS;
  const remove = (digest: string) => {
    const record = records.get(digest);
    if (record === undefined) return false;
    records.delete(digest);
    const digests = bySubject.get(record.subject);
    digests?.delete(digest);
    if (digests?.size === 0) bySubject.delete(record.subject);
    return true;
  };
  const sweep = () => {
    sweepsAt = now() + SWEEP_MILLISECONDS;
    for (const [digest, { expiresAt }] of records) if (expiresAt <= now()) remove(digest);
  };
  return {
    kind: "memory",
    async put(digest, record) {
      if (now() >= sweepsAt || records.size >= maxEntries) sweep();
      remove(digest);
      if (records.size >= maxEntries) {
        throw new GateError("unavailable", `the token store holds ${maxEntries} tokens already`);
      }
      records.set(digest, record);
      const digests = bySubject.get(record.subject) ?? new Set();
      bySubject.set(record.subject, digests.add(digest));
    },
    async get(digest) {
      return records.get(digest);
    },
    async delete(digest) {
      return remove(digest);
    },
    async deleteBySubject(subject) {
      return [...(bySubject.get(subject) ?? [])].filter(remove).length;
    },
    async close() {
      records.clear();
      bySubject.clear();
    },
  };
}
