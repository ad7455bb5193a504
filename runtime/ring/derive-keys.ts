import { createSecretKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { GateError } from "../gate-error.js";
import { DERIVED_LENGTH, deriveKey, infoOf } from "./derive-key.js";
import type { DerivedKey } from "./derive-key.js";
import type { KeyProvider } from "./key-provider.js";
import type { HeldKey } from "./held-keys.js";
import type { RingDocument } from "./ring-document.js";
import { isInWindow, readSliceKid } from "./slices.js";
import { readTokenKid } from "./token-kid.js";

/** In keys: two slices are alive at a time, under two masters while one takes over from the other. */
const MAX_CACHED = 4;

export type Found<Value> = Value | Promise<Value>;

/** What the `kid` of a derived key says of it; undefined where no key may be derived for it. */
export function readDerivedKid(
  kid: string,
  { strategy, ...times }: RingDocument,
  seconds: number,
): Pick<DerivedKey, "ring" | "slice" | "jti" | "subject"> | undefined {
  if (strategy === "per-token") return readTokenKid(kid);
  const named = readSliceKid(kid);
  const isAlive = named !== undefined && isInWindow(named.slice, seconds, { strategy, ...times });
  return isAlive ? named : undefined;
}

/** Derives keys, and keeps those of slices; a key of one token is used too seldom to keep. */
export function createDeriver(
  provider: KeyProvider | undefined,
  onError: (error: unknown) => void,
): (held: HeldKey, wanted: DerivedKey) => Found<KeyObject> {
  const cached = new Map<string, { readonly from: HeldKey; readonly key: Found<KeyObject> }>();
  return (held, wanted) => {
    if (wanted.slice === undefined) return derive(held, wanted, { provider, onError });
    const name = `${wanted.ring}.${wanted.slice}.${wanted.purpose}.${wanted.alg}`;
    const known = cached.get(name);
    // A ring that was read again holds its masters anew, and what came from an older one is forgotten.
    if (known?.from === held) return known.key;
    const key = derive(held, wanted, { provider, onError });
    cached.delete(name);
    const [oldest] = cached.keys();
    if (cached.size >= MAX_CACHED && oldest !== undefined) cached.delete(oldest);
    cached.set(name, { from: held, key });
    if (key instanceof Promise) key.catch(() => cached.delete(name));
    return key;
  };
}

function derive(
  { entry, pair }: HeldKey,
  wanted: DerivedKey,
  { provider, onError }: Asking,
): Found<KeyObject> {
  if (pair !== undefined) return deriveKey(pair.accepting, wanted);
  const asked = async () => provider?.derive?.(entry, infoOf(wanted), DERIVED_LENGTH);
  return asked().then(
    (bytes) => keyOf(bytes, onError),
    (error: unknown) => failWith(error, onError),
  );
}

interface Asking {
  readonly provider: KeyProvider | undefined;
  readonly onError: (error: unknown) => void;
}

function keyOf(bytes: Uint8Array | undefined, onError: Asking["onError"]): KeyObject {
  if (bytes?.length === DERIVED_LENGTH) return createSecretKey(bytes);
  return failWith(new Error("the provider derives no key of 32 bytes"), onError);
}

/** A service that does not answer is no fault of the token. */
function failWith(error: unknown, onError: Asking["onError"]): never {
  onError(error);
  throw new GateError("unavailable", "keys");
}
