import { createHmac, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { GateError } from "../gate-error.js";
import type { Found } from "./derive-keys.js";
import type { HeldKey } from "./held-keys.js";
import type { KeyProvider } from "./key-provider.js";

/** The signature of a JWS (RFC 7518, section 3; RFC 8037, section 3.1), by a stored key or a derived one. */
export function signWith(
  key: HeldKey | Found<KeyObject>,
  data: Uint8Array,
  provider: KeyProvider | undefined,
): Found<Uint8Array> {
  if (key instanceof Promise) return key.then((derived) => hmac(derived, data));
  if (!("entry" in key)) return hmac(key, data);
  const { entry, pair } = key;
  const own = pair?.signing;
  if (own === undefined) return provider?.sign?.(entry, data) ?? failUnsigned();
  if (entry.alg === "HS256") return hmac(own, data);
  const hash = entry.alg === "Ed25519" ? null : "sha256";
  // For ES256, two numbers of 32 bytes, not DER.
  return sign(hash, data, { key: own, dsaEncoding: "ieee-p1363" });
}

function hmac(key: KeyObject, data: Uint8Array): Buffer {
  return createHmac("sha256", key).update(data).digest();
}

function failUnsigned(): never {
  throw new GateError("configuration-invalid", "the provider of the key ring cannot sign");
}
