import { KeyObject } from "node:crypto";
import { createRemoteJWKSet, customFetch } from "jose";
import { GateError } from "./gate-error.js";
import type { KeysFeature } from "./gate-features.js";
import { isWeak } from "./tokens/is-weak.js";
import { subjectOf } from "./tokens/key-source.js";
import type { KeyContext } from "./tokens/key-source.js";
import type { KeyFinder } from "./tokens/verify-token.js";

/** After a failure nothing is fetched for as long as the 503 tells clients to wait. */
const PAUSE_MILLISECONDS = 5000;
/** Far beyond any key set. */
const MAX_BYTES = 1 << 20;

/**
 * The keys that an issuer publishes (RFC 7517), cached by jose for ten minutes. A `kid` that they lack
 * fetches them again, at most every thirty seconds. An answer takes at most five seconds, and no redirect
 * is followed.
 */
export const jwks: KeysFeature = (issuer, context) => {
  const subject = subjectOf(issuer);
  const kept = context.keySets.get(subject);
  if (kept !== undefined) return kept;
  const opened = openKeySet(issuer.keys.place, subject, context);
  context.keySets.set(subject, opened);
  return opened;
};

function openKeySet(url: string, subject: string, { now, onError }: KeyContext): KeyFinder {
  let resumesAt = 0;
  const find = createRemoteJWKSet(new URL(url), {
    timeoutDuration: 5000,
    cooldownDuration: 30_000,
    cacheMaxAge: 600_000,
    [customFetch]: async (address, options) => {
      if (now() < resumesAt) throw new Error("paused");
      return fetchBounded(address, options);
    },
  });
  return async ({ alg, kid }) => {
    let key;
    try {
      key = await find(kid === undefined ? { alg } : { alg, kid });
    } catch (error) {
      const { code, message } = Object(error);
      // No key for this token, or several: the set itself is fine.
      if (String(code).includes("MATCHING_KEY")) return undefined;
      if (now() >= resumesAt) {
        resumesAt = now() + PAUSE_MILLISECONDS;
        onError(new GateError("unavailable", `${subject} cannot be used: ${message}`));
      }
      throw new GateError("unavailable", "keys");
    }
    const handle = KeyObject.from(key);
    // Such a key in a file would keep the service from starting.
    return isWeak(handle) ? undefined : handle;
  };
}

async function fetchBounded(url: string, options: RequestInit): Promise<Response> {
  const { body, status } = await fetch(url, options);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new Error("too long");
    chunks.push(chunk);
  }
  return new Response(Buffer.concat(chunks), { status });
}
