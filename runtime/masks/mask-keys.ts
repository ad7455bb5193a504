import { createHash, createSecretKey, getHashes, hkdfSync } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { GateError } from "../gate-error.js";
import { readPepper } from "../opaque/token-form.js";
import { lengthPrefixed } from "./bytes.js";

/** SM3 is the hash of GB/T 32905-2016, for deployments that must use China's own. */
export type MaskAlgorithm = "sha256" | "sm3";

/** A tenant's key. */
export interface MaskKey {
  /** Stands in each token that the key makes: 1 to 32 letters, digits, `-` and `_`. */
  readonly id: string;
  readonly algorithm: MaskAlgorithm;
  readonly key: KeyObject;
}

/** Where keyed hashes get their keys from. */
export interface MaskKeys {
  /**
   * The keys of a tenant. The first makes tokens, the others find those that they made. Of a tenant without
   * any, unknown or erased, values are taken away. The same key is the same object from call to call.
   */
  readonly keysOf: (tenant: string) => readonly MaskKey[];
}

/** A secret that keys are derived from, apart from the log that holds the tokens. */
export interface MaskRoot {
  /** 1 to 32 letters, digits, `-` and `_`; never used again for another secret. */
  readonly id: string;
  /** At least 32 random bytes, or their base64url. */
  readonly secret: string | Uint8Array;
  /** Default: `sha256`. */
  readonly algorithm?: MaskAlgorithm;
}

export interface RootMaskKeysOptions {
  /** The first makes tokens. To rotate, put a new one before it; to end old tokens, leave their root out. */
  readonly roots: readonly MaskRoot[];
  /** What the tokens are for, such as `audit` (the default); of two purposes, equal values have different tokens. */
  readonly purpose?: string;
}

export interface TenantMaskKeysOptions {
  /**
   * The roots of a tenant, its own; none where it has been erased. Asked for each value, so it should look into a map;
   * a key is derived anew where it gives another object for a root.
   */
  readonly rootsOf: (tenant: string) => readonly MaskRoot[] | undefined;
  readonly purpose?: string;
}

const ID = /^[\w-]{1,32}$/;

/** Fixed, since what makes keys different is `info` (RFC 5869, section 3.1). */
const SALT = createHash("sha512").update("gatewright/1 masks").digest();

const KEY_LENGTH = 32;

/** In tenants, so that names made up by a client fill no memory. */
const MAX_CACHED = 10_000;

/** In code units; of a longer name, keys are derived each time. */
const LONGEST_CACHED = 256;

/**
 * Keys of all tenants from one secret, with HKDF-SHA256 (RFC 5869) for each. Whoever holds the secret can make
 * a tenant's key again, so no tenant can be erased alone: {@link createTenantMaskKeys} is for that.
 *
 * @throws GateError `configuration-invalid` for no root, a weak one, two of one id, or SM3 where OpenSSL has none
 */
export function createRootMaskKeys({ roots, purpose = "audit" }: RootMaskKeysOptions): MaskKeys {
  if (roots.length === 0) throw new GateError("configuration-invalid", "masks have no root secret");
  if (new Set(roots.map(({ id }) => id)).size < roots.length) {
    throw new GateError("configuration-invalid", "two root secrets of masks have one id");
  }
  const derivers = roots.map((root) => createDeriver(root, purpose));
  const cached = new Map<string, readonly MaskKey[]>();
  const keysOf = (tenant: string) => {
    const known = cached.get(tenant);
    if (known !== undefined) return known;
    if (!isTenant(tenant)) return [];
    const keys = derivers.map((derive) => derive(tenant));
    if (tenant.length > LONGEST_CACHED) return keys;
    const [oldest] = cached.keys();
    if (cached.size >= MAX_CACHED && oldest !== undefined) cached.delete(oldest);
    cached.set(tenant, keys);
    return keys;
  };
  return { keysOf };
}

/**
 * Keys of each tenant from roots of its own. Once a tenant's roots are destroyed, nobody can tell whose its tokens
 * were, nor that two of them are of one value and another: erasure without a change to the log.
 */
export function createTenantMaskKeys(options: TenantMaskKeysOptions): MaskKeys {
  const { rootsOf, purpose = "audit" } = options;
  // Weak: what is destroyed by its owner is not held here.
  const derived = new WeakMap<MaskRoot, { readonly tenant: string; readonly key: MaskKey }>();
  const keyOf = (tenant: string, root: MaskRoot) => {
    const known = derived.get(root);
    if (known?.tenant === tenant) return known.key;
    const key = createDeriver(root, purpose)(tenant);
    derived.set(root, { tenant, key });
    return key;
  };
  return {
    keysOf: (tenant) =>
      isTenant(tenant) ? (rootsOf(tenant) ?? []).map((root) => keyOf(tenant, root)) : [],
  };
}

/** Two names that are no well-formed Unicode could become one in UTF-8, and two tenants one. */
function isTenant(tenant: unknown): boolean {
  return typeof tenant === "string" && tenant.isWellFormed();
}

function createDeriver(root: MaskRoot, purpose: string): (tenant: string) => MaskKey {
  const { id, secret, algorithm = "sha256" } = root;
  if (!ID.test(id))
    throw new GateError("configuration-invalid", "a root of masks has no proper id");
  if (!getHashes().includes(algorithm)) {
    throw new GateError("configuration-invalid", `this OpenSSL has no \`${algorithm}\` for masks`);
  }
  const material = readPepper(secret, `the root \`${id}\` of masks`);
  return (tenant) => {
    // By its digest, since Node's HKDF takes 1 024 bytes of `info` at most.
    const name = createHash("sha256").update(tenant).digest();
    const info = lengthPrefixed(["gatewright/1", "mask", purpose, algorithm, id, name]);
    const bytes = hkdfSync("sha256", material, SALT, info, KEY_LENGTH);
    return { id, algorithm, key: createSecretKey(Buffer.from(bytes)) };
  };
}
