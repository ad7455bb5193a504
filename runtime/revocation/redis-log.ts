import { randomUUID } from "node:crypto";
import { sendCommand } from "../redis-command.js";
import type { RedisCommandClient } from "../redis-command.js";
import { readRevocation, writeRevocation } from "./revocation.js";
import type { Revocation } from "./revocation.js";

/** A stream of revocations that nodes share. */
export interface RevocationLog {
  append(revocation: Revocation): Promise<void>;
  /** Some of what came since the last read; after the stream was lost, of what it holds now. */
  read(): Promise<LogBatch>;
}

export interface LogBatch {
  readonly entries: readonly Revocation[];
  /** Whether the stream is not the one that was read before. */
  readonly isLost: boolean;
  readonly isMore: boolean;
}

const BATCH = 1000;

/**
 * Nothing in the stream matters longer than `keep`. It is cut at twice that, by the clock of Redis: nodes that
 * run an older policy may keep theirs a little longer.
 */
const APPEND = `
local time = redis.call("TIME")
local oldest = string.format("%.0f", time[1] * 1000 - ARGV[2])
redis.call("XADD", KEYS[1], "MINID", "~", oldest, "*", "revocation", ARGV[1])
redis.call("PEXPIRE", KEYS[1], ARGV[2])
return 1`;

/** The origin is written once; another one tells that Redis lost what it held, the stream with it. */
const READ = `
local origin = redis.call("GET", KEYS[2])
if not origin then
  origin = ARGV[3]
  redis.call("SET", KEYS[2], origin)
end
local from = origin == ARGV[2] and ARGV[1] or "-"
return {origin, redis.call("XRANGE", KEYS[1], from, "+", "COUNT", ${BATCH})}`;

export function openRedisLog(
  client: RedisCommandClient,
  { prefix, keepMilliseconds }: { readonly prefix: string; readonly keepMilliseconds: number },
): RevocationLog {
  const keys = [`${prefix}revocations`, `${prefix}revocations:origin`] as const;
  const send = (...command: readonly string[]) => sendCommand(client, ...command);
  let origin = "";
  let from = "-";
  return {
    async append(revocation) {
      const age = String(2 * keepMilliseconds);
      await send("EVAL", APPEND, "1", keys[0], writeRevocation(revocation), age);
    },
    async read() {
      const reply = await send("EVAL", READ, "2", ...keys, from, origin, randomUUID());
      const batch = readBatch(reply);
      const isOther = batch.origin !== origin;
      const isLost = isOther && origin !== "";
      // Only now: what cannot be read is read again, and refused for as long.
      origin = batch.origin;
      if (batch.last !== undefined) from = `(${batch.last}`;
      else if (isOther) from = "-";
      return { entries: batch.entries, isLost, isMore: batch.entries.length === BATCH };
    },
  };
}

interface Batch {
  readonly origin: string;
  readonly entries: readonly Revocation[];
  /** Id of the last entry. */
  readonly last: string | undefined;
}

function readBatch(reply: unknown): Batch {
  const [origin, rows] = listOf(reply);
  const read = listOf(rows).map((row) => {
    const [id, fields] = listOf(row);
    return { id: String(id), revocation: readRevocation(String(listOf(fields)[1])) };
  });
  return {
    origin: String(origin),
    entries: read.map(({ revocation }) => revocation),
    last: read.at(-1)?.id,
  };
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new Error("Redis answered in another form");
}
