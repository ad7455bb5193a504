/**
 * Used proofs of DPoP (RFC 9449) that nodes share.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import type { ProofStore } from "./dpop/proof-store.js";
import { sendCommand } from "./redis-command.js";
import type { RedisCommandClient } from "./redis-command.js";

export type { ProofStore } from "./dpop/proof-store.js";
export type { RedisCommandClient } from "./redis-command.js";

export interface RedisProofStoreOptions {
  /** A connected client of `redis` or `ioredis`; whoever made it closes it. */
  readonly client: RedisCommandClient;
  /** Stands before every key: one for each environment that shares a server. `gatewright:` by default. */
  readonly prefix?: string;
}

/**
 * Keeps in Redis which proofs were used (RFC 9449, section 11.1), each until it would be too old anyway, and the
 * key of nonces. For `createGate({ proofStore })` where the policy says `dpop: { replay: redis }`.
 *
 * @example
 * const gate = createGate({ proofStore: createRedisProofStore({ client: new Redis() }) });
 */
export function createRedisProofStore(options: RedisProofStoreOptions): ProofStore {
  const { client, prefix = "gatewright:" } = options;
  return {
    async use(id, _, milliseconds) {
      const key = `${prefix}dpop:${id}`;
      const reply = await sendCommand(client, "SET", key, "1", "NX", "PX", String(milliseconds));
      return reply !== null && String(reply) === "OK";
    },
    async nonceKey() {
      const key = `${prefix}dpop-nonce-key`;
      await sendCommand(client, "SET", key, randomBytes(32).toString("base64url"), "NX");
      const kept = Buffer.from(String(await sendCommand(client, "GET", key)), "base64url");
      if (kept.length !== 32) throw new Error("the key of nonces is not one");
      return kept;
    },
  };
}
