import type { KeyObject } from "node:crypto";
import { GateError } from "../gate-error.js";
import type { KeyChoice } from "../tokens/read-header.js";
import { keyAlgorithm } from "../tokens/verify-token.js";
import type { KeyFinder } from "../tokens/verify-token.js";
import { SAFE_USES, createUseCounter } from "./count-uses.js";
import { createDeriver, readDerivedKid } from "./derive-keys.js";
import type { Found } from "./derive-keys.js";
import type { HeldKey, HeldRing } from "./held-keys.js";
import type { KeyProvider } from "./key-provider.js";
import { isAccepted, stateOf } from "./ring-document.js";
import type { RingAlgorithm, RingDocument, RingEntry, RingState } from "./ring-document.js";
import { printSliceKid, sliceAt } from "./slices.js";
import { signWith } from "./sign-with.js";
import { digestSubject, printTokenKid } from "./token-kid.js";

/** The keys of an issuer, for verifying and for signing. */
export interface KeyRing {
  /** The key that accepts a token; undefined where none does. */
  readonly find: KeyFinder;
  /** The key that opens nested tokens (`dir`, A256GCM) with a `kid`. */
  findContentKey(kid: string): Found<KeyObject | undefined>;
  /**
   * The key that signs now.
   *
   * @throws GateError `configuration-invalid` where the ring has none for the algorithm
   */
  signer(alg: SigningAlgorithm, token: TokenOwner): RingSigner;
  /**
   * The key that encrypts one nested token now; each call counts as a use.
   *
   * @throws GateError `configuration-invalid` where the ring has none, or this process used it as often as is safe
   */
  contentKey(token: TokenOwner): { readonly kid: string; readonly key: Found<KeyObject> };
  /** What the ring says of itself, with no key in it. */
  describe(): RingDescription;
  /** Public keys that verifiers need now or soon (RFC 7517); of secrets there are none. */
  jwks(): JsonWebKeySet;
  /**
   * Reads the ring again from where it came.
   *
   * @throws GateError `configuration-invalid` where it cannot be used; the former keys then stay
   */
  reload(): Found<void>;
  /**
   * Takes a key out of use in this process: the next request that brings a token of it is refused. To end it
   * for every process, change the ring itself.
   */
  revoke(id: string): void;
}

export type SigningAlgorithm = "Ed25519" | "ES256" | "RS256" | "HS256";

/** Whose token is to be signed; keys for single tokens come from it. */
export interface TokenOwner {
  readonly jti: string;
  readonly sub: string;
}

export interface RingSigner {
  readonly kid: string;
  sign(data: Uint8Array): Found<Uint8Array>;
}

export interface JsonWebKeySet {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

export type RingDescription = Omit<RingDocument, "entries" | "format"> & {
  readonly keys: readonly (Omit<RingEntry, "key"> & { readonly state: RingState })[];
};

export interface RingParts {
  /** The ring in force. */
  readonly current: () => HeldRing;
  readonly reload: () => Found<void>;
  readonly provider?: KeyProvider | undefined;
  /** Hears of a provider that fails, and of a key that is to be rotated. */
  readonly onError: (error: unknown) => void;
  /** Less than the default for tests alone. */
  readonly maxUses?: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** The ring whose document comes from elsewhere; it says what its keys may do at a time. */
export function createRing(parts: RingParts): KeyRing {
  const { current, reload, provider, onError, now, maxUses = SAFE_USES } = parts;
  const countUse = createUseCounter({ onError, maxUses });
  const revoked = new Set<string>();
  const derive = createDeriver(provider, onError);
  const secondsNow = () => Math.floor(now() / 1000);
  const usable = (id: string): HeldKey | undefined => {
    const held = current().keys.get(id);
    const isUsable = held !== undefined && isAccepted(held.entry, secondsNow()) && !revoked.has(id);
    return isUsable ? held : undefined;
  };
  const accepting = (alg: "HS256" | "A256GCM", kid: string) => {
    const { document } = current();
    const named = readDerivedKid(kid, document, secondsNow());
    const master = named && usable(named.ring);
    return master && derive(master, { ...named, ...fieldsOf(document, alg) });
  };
  const activeFor = (alg: RingAlgorithm): HeldKey => {
    const seconds = secondsNow();
    for (const held of current().keys.values()) {
      const { entry } = held;
      const isActive = entry.alg === alg && stateOf(entry, seconds) === "active";
      if (isActive && !revoked.has(entry.id)) return held;
    }
    throw new GateError("configuration-invalid", `the key ring has no active key for ${alg}`);
  };
  const currentKey = (alg: "HS256" | "A256GCM", { jti, sub }: TokenOwner) => {
    const { document } = current();
    const master = activeFor("HKDF-SHA512");
    const ring = master.entry.id;
    const fields = { ring, ...fieldsOf(document, alg) };
    if (document.strategy === "sliced") {
      const slice = sliceAt(secondsNow(), document);
      return { kid: printSliceKid({ ring, slice }), key: derive(master, { ...fields, slice }) };
    }
    const named = { ring, jti, subject: digestSubject(sub) };
    return { kid: printTokenKid(named), key: derive(master, { ...fields, ...named }) };
  };
  return {
    find({ alg, kid = "" }: KeyChoice) {
      if (isDerived(current())) return alg === "HS256" ? accepting(alg, kid) : undefined;
      const held = usable(kid);
      const isServed = held?.entry.alg === keyAlgorithm(alg);
      return isServed ? held?.pair?.accepting : undefined;
    },
    findContentKey(kid) {
      if (isDerived(current())) return accepting("A256GCM", kid);
      const held = usable(kid);
      return held?.entry.purpose === "jwe" ? held.pair?.accepting : undefined;
    },
    signer(alg, owner) {
      if (!isDerived(current())) {
        const held = activeFor(alg);
        return { kid: held.entry.id, sign: (data) => signWith(held, data, provider) };
      }
      if (alg !== "HS256") return failForDerived(alg);
      const { kid, key } = currentKey(alg, owner);
      return { kid, sign: (data) => signWith(key, data, provider) };
    },
    contentKey(owner) {
      if (isDerived(current())) {
        const derived = currentKey("A256GCM", owner);
        // A key of one token is used once.
        if (current().document.strategy === "sliced") countUse(derived.kid);
        return derived;
      }
      const { entry, pair } = activeFor("A256GCM");
      if (pair === undefined) return failForDerived("A256GCM");
      countUse(entry.id);
      return { kid: entry.id, key: pair.accepting };
    },
    describe: () => describe(current(), secondsNow(), revoked),
    jwks: () => ({ keys: publicKeys(current(), secondsNow(), revoked) }),
    reload,
    revoke: (id) => void revoked.add(id),
  };
}

function isDerived({ document }: HeldRing): boolean {
  return document.strategy !== "global";
}

function fieldsOf({ deployment }: RingDocument, alg: "HS256" | "A256GCM") {
  return { deployment, alg, purpose: alg === "HS256" ? "jws" : "jwe" } as const;
}

function failForDerived(alg: string): never {
  const message = `the key ring has no key for ${alg}: derived keys are secrets, for HS256`;
  throw new GateError("configuration-invalid", message);
}

function describe(
  { document }: HeldRing,
  seconds: number,
  revoked: ReadonlySet<string>,
): RingDescription {
  const { entries, format: _, ...settings } = document;
  const keys = entries.map((entry) => {
    const { key: __, ...named } = entry;
    const state = revoked.has(entry.id) ? "revoked" : stateOf(entry, seconds);
    return { ...named, state };
  });
  return { ...settings, keys };
}

/** Members are chosen by name: what is not on the list is not published, private ones least of all. */
function publicKeys(
  { document }: HeldRing,
  seconds: number,
  revoked: ReadonlySet<string>,
): JsonWebKeySet["keys"] {
  return document.entries.flatMap(({ id, alg, purpose, key, ...times }) => {
    const isShown = isAccepted({ id, alg, purpose, key, ...times }, seconds) && !revoked.has(id);
    const members = publicMembers[String(key?.["kty"])];
    if (!isShown || members === undefined || purpose !== "jws" || key === null) return [];
    const shown = members.map((name) => [name, key[name]] as const);
    return [{ ...Object.fromEntries(shown), kid: id, alg, use: "sig" }];
  });
}

/** RFC 7518, section 6, and RFC 8037, section 2. A secret has no public half. */
const publicMembers: Readonly<Record<string, readonly string[]>> = {
  OKP: ["kty", "crv", "x"],
  EC: ["kty", "crv", "x", "y"],
  RSA: ["kty", "n", "e"],
};
