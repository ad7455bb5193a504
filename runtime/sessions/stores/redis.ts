import { GateError } from "../../gate-error.js";
import { sendCommand } from "../../redis-command.js";
import type { RedisCommandClient } from "../../redis-command.js";
import { beginSession } from "../begin-session.js";
import type { SessionStore, StepVerdict, StoredSession } from "../session-store.js";
import { readNumber, readSession } from "./read-session.js";
import { CREATE, END, END_ALL, LIST, STEP } from "./redis-scripts.js";
import type { RedisScript } from "./redis-scripts.js";

export interface RedisSessionStoreOptions {
  /** A connected client of `redis` or `ioredis`; whoever made it closes it. */
  readonly client: RedisCommandClient;
  /** Stands before every key: one for each environment that shares a server; `gatewright:` by default. */
  readonly prefix?: string;
  /**
   * For tests alone: milliseconds since the epoch in place of Redis's own clock, which all processes share. It
   * must not be behind that, by which Redis deletes what expired.
   */
  readonly now?: () => number;
  /** Answers a refresh only when so many replicas have it; see `ReplicaWait`. */
  readonly waitReplicas?: ReplicaWait;
}

/**
 * A primary that fails before its replicas have a rotation brings the used token back to life. With this, a
 * refresh rejects where too few replicas have it in time, and the retry, which waits too, gives the same
 * successor; in strict mode it ends the session. Meanwhile the connection carries nothing else: give the store
 * a client of its own. Not for a cluster, whose client may ask another node.
 */
export interface ReplicaWait {
  /** One at least. */
  readonly replicas: number;
  /** From 1 to 900. */
  readonly milliseconds: number;
}

/** Of the hash that is kept of a session, whose key has the id. */
const FIELDS = ["counters", "subject", "data", "seen"];

/**
 * Keeps sessions in Redis 6.2 or later, which all processes share: one server, or a primary with replicas; in
 * a cluster, the prefix must hold a hash tag, as `{sessions}:` does. Set `maxmemory-policy noeviction`, or
 * sessions end before their time, and `appendonly yes`, or all end with the server; none comes back.
 *
 * Each method is one script, and time is Redis's own. A session and what is left of it expire at
 * `absoluteUntil`. Redis that does not answer within a second is a rejection; a client that keeps commands for
 * when it is connected again would still send them, as retries that count: `enableOfflineQueue: false` of
 * `ioredis` and `disableOfflineQueue: true` of `redis` keep none.
 *
 * @throws GateError `configuration-invalid` where `waitReplicas` is out of range
 */
export function createRedisSessionStore(options: RedisSessionStoreOptions): SessionStore {
  const { client, prefix = "gatewright:", now, waitReplicas } = options;
  checkWait(waitReplicas);
  const sessions = `${prefix}session:`;
  const placesOf = (subject: string) => `${prefix}sessions-of:${subject}`;
  const epochOf = (subject: string) => `${prefix}epoch-of:${subject}`;

  const run = async (
    { text, sha }: RedisScript,
    keys: readonly string[],
    values: readonly (string | number)[],
  ) => {
    const time = now === undefined ? "" : String(now());
    const rest = [String(keys.length), ...keys, time, ...values.map(String)];
    try {
      return await sendCommand(client, "EVALSHA", sha, ...rest);
    } catch (error) {
      // A server that started since then, or never had it.
      if (!String(Object(error).message).startsWith("NOSCRIPT")) throw error;
      return sendCommand(client, "EVAL", text, ...rest);
    }
  };
  const waitForReplicas = async () => {
    if (waitReplicas === undefined) return;
    const { replicas, milliseconds } = waitReplicas;
    const acknowledged = await sendCommand(client, "WAIT", String(replicas), String(milliseconds));
    if (!(Number(acknowledged) >= replicas)) throw new Error("too few replicas have the refresh");
  };

  return {
    kind: "redis",
    async create(fresh) {
      const { id, subject, data, seen, idleFor, absoluteFor, maxPerSubject } = fresh;
      const keys = [sessions + id, placesOf(subject), epochOf(subject)];
      const values = [sessions, id, data, seen, idleFor, absoluteFor, maxPerSubject, subject];
      const [epoch, time, displaced] = listOf(await run(CREATE, keys, values));
      const session = beginSession(fresh, Number(epoch), Number(time));
      return { session, displaced: listOf(displaced).map(String) };
    },
    async read(id) {
      const found = await sendCommand(client, "HMGET", sessions + id, ...FIELDS);
      const session = sessionOf(id, listOf(found));
      // Redis has deleted what expired by its own clock.
      return now && session && now() >= session.absoluteUntil ? undefined : session;
    },
    async step(id, { generation, retryFor, maxRetries, mayRetry, idleFor, seen }) {
      const retry = [retryFor, maxRetries, mayRetry ? 1 : 0];
      const reply = await run(STEP, [sessions + id], [generation, ...retry, idleFor, seen]);
      const verdict = readVerdict(String(reply));
      if (verdict.kind === "rotated" || verdict.kind === "retried") await waitForReplicas();
      return verdict;
    },
    end: async (id, why) => Number(await run(END, [sessions + id], [why])) === 1,
    async endAll(subject, why, except = "") {
      const keys = [placesOf(subject), epochOf(subject)];
      const reply = await run(END_ALL, keys, [sessions, why, except, subject]);
      const [epoch, ended] = listOf(reply);
      return { epoch: Number(epoch), ended: listOf(ended).map(String) };
    },
    async list(subject) {
      const reply = await run(LIST, [placesOf(subject)], [sessions, ...FIELDS]);
      return listOf(reply).flatMap((entry) => {
        const [id, found] = listOf(entry);
        return sessionOf(String(id), listOf(found)) ?? [];
      });
    },
    close: async () => undefined,
  };
}

function checkWait(wait: ReplicaWait | undefined): void {
  if (wait === undefined) return;
  const { replicas, milliseconds } = wait;
  const isGood =
    Number.isInteger(replicas) &&
    replicas >= 1 &&
    Number.isInteger(milliseconds) &&
    milliseconds >= 1 &&
    milliseconds <= 900;
  if (isGood) return;
  const message = "`waitReplicas` needs one replica at least, and 1 to 900 milliseconds";
  throw new GateError("configuration-invalid", message);
}

function sessionOf(id: string, values: readonly unknown[]): StoredSession | undefined {
  if (values.every((value) => value === null)) return undefined;
  const [counters, subject, data, seen] = values;
  return readSession({ id, subject, data, seen, ...readCounters(String(counters).split(" ")) });
}

function readCounters(words: readonly string[]) {
  const [state, generation, retries, retriedInARow, rotatedAt, ...times] = words;
  const [idleUntil, absoluteUntil, epoch, createdAt] = times;
  const counts = { generation, retries, retriedInARow, epoch };
  return { state, ...counts, rotatedAt, idleUntil, absoluteUntil, createdAt };
}

/** The kind, then the counters and the time where there are some. */
function readVerdict(reply: string): StepVerdict {
  const [kind, ...words] = reply.split(" ");
  switch (kind) {
    case "rotated":
    case "retried": {
      const counters = readCounters(words);
      return {
        kind,
        generation: readNumber(counters.generation),
        retries: readNumber(counters.retries),
        retriedInARow: readNumber(counters.retriedInARow),
        idleUntil: readNumber(counters.idleUntil),
        absoluteUntil: readNumber(counters.absoluteUntil),
        at: readNumber(words.at(-1)),
      };
    }
    case "ended":
      return { kind, state: words[0] as Extract<StepVerdict, { kind: "ended" }>["state"] };
    case "refused":
    case "reused":
    case "ahead":
    case "expired":
    case "missing":
      return { kind };
    default:
      throw new Error("Redis answered in another form");
  }
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new Error("Redis answered in another form");
}
