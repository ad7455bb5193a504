import type { OpaqueTokenRecord, OpaqueTokenStore } from "../opaque/token-store.js";

export interface RedisStoreOptions {
  /** A connected client of `redis` or `ioredis`; whoever made it closes it. */
  readonly client: RedisClient;
  /** Stands before every key: one for each environment that shares a server; `gatewright:` by default. */
  readonly prefix?: string;
}

/** What is used of a client: `sendCommand` as `redis` has it, or `call` as `ioredis` has it. */
export type RedisClient =
  | { sendCommand(command: string[]): Promise<unknown> }
  | { call(name: string, ...values: string[]): Promise<unknown> };

/**
 * The digests of a subject stand in a sorted set by when they expire, so that expired ones are dropped without
 * a search. Both keys die with the last token.
 */
const PUT = `
local time = redis.call("TIME")
redis.call("SET", KEYS[1], ARGV[1], "PXAT", ARGV[2])
redis.call("ZREMRANGEBYSCORE", KEYS[2], "-inf", time[1] * 1000)
redis.call("ZADD", KEYS[2], ARGV[2], ARGV[3])
local last = redis.call("ZRANGE", KEYS[2], -1, -1, "WITHSCORES")
redis.call("PEXPIREAT", KEYS[2], string.format("%.0f", last[2]))
return 1`;

const DELETE_BY_SUBJECT = `
local count = 0
for _, digest in ipairs(redis.call("ZRANGE", KEYS[1], 0, -1)) do
  count = count + redis.call("DEL", ARGV[1] .. digest)
end
redis.call("DEL", KEYS[1])
return count`;

/**
 * Keeps tokens in Redis 6.2 or later, which all processes share: one server, or a primary with replicas; in a
 * cluster, the prefix must hold a hash tag, as `{tokens}:` does. Set `maxmemory-policy noeviction`, or tokens
 * end before their time.
 */
export function createRedisStore(options: RedisStoreOptions): OpaqueTokenStore {
  const { client, prefix = "gatewright:" } = options;
  const tokens = `${prefix}token:`;
  const keyOf = (subject: string) => `${prefix}subject:${subject}`;
  const send = (name: string, ...values: string[]) =>
    "call" in client ? client.call(name, ...values) : client.sendCommand([name, ...values]);
  return {
    kind: "redis",
    async put(digest, { subject, claims, expiresAt }) {
      const value = JSON.stringify({ subject, claims, expiresAt });
      const keys = [tokens + digest, keyOf(subject)];
      const values = [value, String(expiresAt), digest];
      await send("EVAL", PUT, "2", ...keys, ...values);
    },
    async get(digest) {
      const value = await send("GET", tokens + digest);
      return value === null ? undefined : readRecord(value);
    },
    async delete(digest) {
      return Number(await send("DEL", tokens + digest)) > 0;
    },
    async deleteBySubject(subject) {
      return Number(await send("EVAL", DELETE_BY_SUBJECT, "1", keyOf(subject), tokens));
    },
    async close() {},
  };
}

/** What somebody else wrote under such a key fails here, which is answered with 503. */
function readRecord(value: unknown): OpaqueTokenRecord {
  return JSON.parse(String(value));
}
