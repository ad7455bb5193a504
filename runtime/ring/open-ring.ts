import { resolve } from "node:path";
import { GateError } from "../gate-error.js";
import { holdKeys } from "./held-keys.js";
import type { HeldRing } from "./held-keys.js";
import type { KeyProvider } from "./key-provider.js";
import { createRing } from "./key-ring.js";
import type { KeyRing } from "./key-ring.js";
import { checkRing, readRing } from "./read-ring.js";
import { ringDefaults } from "./ring-document.js";
import type { RingDocument, RingStrategy } from "./ring-document.js";
import { openRingFile } from "./ring-file.js";

/** Where the keys of a ring are. */
export type RingSource =
  /** A file that only its owner can read (mode 0600), read again when it changes. */
  | { readonly file: string }
  /** What a variable of the environment holds: a ring, or the master of derived keys in base64url. */
  | { readonly text: string; readonly settings?: RingSettings };

/** What is said of a master that stands by itself; of a ring, its own settings count. */
export interface RingSettings {
  /** The first part of each `kid`; `main` by default. */
  readonly id?: string;
  readonly strategy?: RingStrategy;
  readonly deployment?: string;
  /** 3600 by default. */
  readonly sliceSeconds?: number;
  /** 900 by default. */
  readonly maxLifetimeSeconds?: number;
  /** 30 by default. */
  readonly clockToleranceSeconds?: number;
}

export interface RingOptions {
  /** The clock, in milliseconds since the epoch; `Date.now` by default. */
  readonly now?: () => number;
  /** Folder that a relative path starts from; the working directory by default. */
  readonly cwd?: string;
  /** Hears of a changed file that cannot be used, or a provider that fails. By default a process warning. */
  readonly onError?: (error: unknown) => void;
}

/**
 * Opens a key ring from a file or a text.
 *
 * @throws GateError `configuration-invalid` where it cannot be read, others can read its file, or a key is weak
 * @example
 * const ring = openKeyRing({ file: "keys/desk.ring.json" });
 */
export function openKeyRing(source: RingSource, options: RingOptions = {}): KeyRing {
  const { now = Date.now, cwd = process.cwd(), onError = warn } = options;
  if ("text" in source) {
    const held = holdKeys(readText(source.text, source.settings ?? {}));
    return createRing({ current: () => held, reload: keep, onError, now });
  }
  const file = openRingFile({ path: resolve(cwd, source.file), name: source.file }, onError);
  let held = holdKeys(file.current());
  const current = (): HeldRing => {
    const document = file.current();
    if (document !== held.document) held = holdKeys(document);
    return held;
  };
  return createRing({ current, reload: () => file.reload(), onError, now });
}

/**
 * Opens a key ring whose keys a provider keeps.
 *
 * @throws GateError `configuration-invalid` where its document is no ring; and what the provider rejects with
 */
export async function openProvidedRing(
  provider: KeyProvider,
  { now = Date.now, onError = warn }: Pick<RingOptions, "now" | "onError"> = {},
): Promise<KeyRing> {
  let held = holdKeys(checkRing(await provider.get(), fail, false));
  const reload = async () => {
    held = holdKeys(checkRing(await provider.get(), fail, false));
  };
  return createRing({ current: () => held, reload, provider, onError, now });
}

function readText(text: string, settings: RingSettings): RingDocument {
  const trimmed = text.trim();
  if (trimmed === "") return fail("is missing");
  if (trimmed.startsWith("{")) return readRing(trimmed, fail);
  const { id = "main", ...rest } = settings;
  const times = { publishedAt: 0, activeFrom: 0, activeUntil: null, acceptUntil: null };
  const key = { kty: "oct", k: trimmed };
  const master = { id, alg: "HKDF-SHA512", purpose: "master", ...times, revokedAt: null, key };
  return checkRing({ ...ringDefaults, ...rest, entries: [master] }, fail);
}

/** A text stays what it is. */
function keep(): void {}

function fail(reason: string): never {
  throw new GateError("configuration-invalid", `the key ring ${reason}`);
}

function warn(error: unknown): void {
  process.emitWarning(String(Object(error).message ?? error), "GatewrightWarning");
}
