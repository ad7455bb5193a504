/**
 * Revocation of access tokens before they expire.
 *
 * @module
 */
import { GateError } from "./gate-error.js";
import type { RedisCommandClient } from "./redis-command.js";
import { at } from "./principal.js";
import { createLiveRevocations } from "./revocation/live-revocations.js";
import type { RevocableFacts } from "./revocation/live-revocations.js";
import { openRedisLog } from "./revocation/redis-log.js";
import { isEpoch } from "./revocation/revocation.js";
import type { Revocation } from "./revocation/revocation.js";
import type { RevocationView, RevocationWatcher } from "./revocation/revocation-view.js";
import { followLog } from "./revocation/tail.js";
import type { Tail } from "./revocation/tail.js";
import { loadSnapshot } from "./snapshot.js";
import type { SerializedRevocation, SerializedSnapshot } from "./snapshot-format.js";

export type { RedisCommandClient } from "./redis-command.js";
export type { RevocationView } from "./revocation/revocation-view.js";

export interface RevocationsOptions {
  /** For `store: redis`, a connected client of `redis` or `ioredis`; whoever made it closes it. */
  readonly client?: RedisCommandClient;
  /**
   * Stands before the keys in Redis: one for each environment that shares a server, with a hash tag, as
   * `{desk}:`, in a cluster. `gatewright:` by default.
   */
  readonly prefix?: string;
  /** The clock, in milliseconds since the epoch; `Date.now` by default. */
  readonly now?: () => number;
  /** Hears of it when Redis cannot be read; by default a process warning. */
  readonly onError?: (error: unknown) => void;
}

/**
 * Refuses access tokens that have not expired yet. A revocation holds on this node when the call returns, before
 * its promise settles, and on all other nodes within a second of that. With `store: redis` the promise rejects
 * with GateError `unavailable` where Redis does not take it: it then holds on this node, which goes on to tell
 * the others.
 *
 * A revocation is kept for as long as a token that it names can live, and dropped then.
 */
export interface Revocations {
  /** Refuses one token; `id` is its `jti`. */
  revokeToken(token: { readonly issuer: string; readonly id: string }): Promise<void>;
  /** Refuses all tokens of one session; `id` is what the claim `revocation.session` holds, by default `sid`. */
  revokeSession(session: { readonly issuer: string; readonly id: string }): Promise<void>;
  /**
   * Refuses the tokens of a subject whose epoch, by default the claim `epoch`, is lower than this one or missing.
   * The application keeps that number with the account, adds one to it to end all sessions, and puts it into
   * tokens: those of the same second are told apart too. Without `epoch`, refuses all tokens of the subject.
   */
  revokeSubject(subject: {
    readonly issuer: string;
    /** What `principal.id` of the policy reads, by default the `sub`. */
    readonly id: string;
    readonly epoch?: number;
  }): Promise<void>;
  /**
   * Refuses all tokens of a tenant, whoever issued them, new ones included, for as long as one can live. Rejects with
   * GateError `configuration-invalid` where the policy names no claim of a tenant.
   */
  revokeTenant(tenant: { readonly id: string }): Promise<void>;
  /**
   * Resolves when what other nodes revoked before is known here. Until then, requests meet what the policy says
   * of a stale stream.
   *
   * @throws GateError `unavailable` where Redis does not answer
   */
  ready(): Promise<void>;
  /** Ends the reading of the stream, which is stale when the last read is as old as the policy says. */
  close(): void;
  /** What a gate asks. */
  readonly view: RevocationView;
}

/**
 * Opens the revocations of a policy, for `createGate({ revocations })` and for whoever logs somebody out. One
 * object may serve several gates; a process without a gate can revoke with it too.
 *
 * @throws GateError `configuration-invalid` where the policy has no `revocation`, or `store: redis` and no client
 * @example
 * const revocations = createRevocations(snapshot, { client: new Redis() });
 * const gate = createGate({ revocations });
 * await revocations.revokeSession({ issuer: "https://id.example", id: sessionId });
 */
export function createRevocations(
  serialized: SerializedSnapshot,
  options: RevocationsOptions = {},
): Revocations {
  const settings = settingsOf(serialized);
  const { now = Date.now, onError = warn, client, prefix = "gatewright:" } = options;
  const keepMilliseconds = settings.keepSeconds * 1000;
  const live = createLiveRevocations(settings.maxEntries);
  const watchers = new Map<object, RevocationWatcher>();
  const untold = new Set<Revocation>();
  const take = (entries: readonly Revocation[]) => {
    const time = now();
    for (const entry of entries) live.add(entry, time);
    if (entries.length === 0) return;
    for (const watcher of watchers.values()) {
      watcher((facts) => live.refuses(facts, now()), "revoked");
      // One that has no room is one that nobody knows of.
      if (live.isFull(time)) watcher(isAny, "unavailable");
    }
  };
  const known = () => live.list(now());
  const log = client && openRedisLog(client, { prefix, keepMilliseconds });
  const isShared = settings.store === "redis";
  if (isShared && log === undefined) throw misuse("`revocation.store` is redis: pass a `client`");
  const tail = isShared && log ? followLog(log, { take, known, untold, onError }) : undefined;
  const isStale = () => tail !== undefined && tail.age() > settings.stale.afterSeconds * 1000;
  let isClosed = false;
  const endUnknown = () => {
    if (!isStale()) return;
    for (const watcher of watchers.values()) watcher(isAny, "unavailable");
    if (isClosed) clearInterval(timer);
  };
  const endsUnknown = tail !== undefined && settings.stale.answer === "deny";
  // What came in before goes on without a request that could be refused.
  const timer = endsUnknown ? setInterval(endUnknown, LOOK_EVERY).unref() : undefined;
  const revoke = async (revocation: Omit<Revocation, "until">) => {
    const entry = { ...revocation, until: now() + keepMilliseconds };
    take([entry]);
    if (tail === undefined) return;
    try {
      await log?.append(entry);
    } catch (error) {
      // Beyond that, this node refuses everything itself, and whoever called knows.
      if (untold.size < settings.maxEntries) untold.add(entry);
      onError(error);
      throw new GateError("unavailable", "the revocation holds on this node only, so far");
    }
  };
  return {
    revokeToken: ({ issuer, id }) => revoke({ kind: "token", issuer, id, epoch: null }),
    revokeSession: ({ issuer, id }) => revoke({ kind: "session", issuer, id, epoch: null }),
    async revokeSubject({ issuer, id, epoch = null }) {
      if (epoch !== null && !isEpoch(epoch)) throw misuse("an epoch is a whole number from 0");
      return revoke({ kind: "subject", issuer, id, epoch });
    },
    async revokeTenant({ id }) {
      if (settings.tenant === null) throw misuse("the policy names no claim of a tenant");
      return revoke({ kind: "tenant", issuer: "", id, epoch: null });
    },
    ready: async () => tail && refreshed(tail),
    close() {
      isClosed = true;
      tail?.close();
    },
    view: {
      settings,
      check({ claims, credential }, time) {
        const facts = factsOf(settings, claims, credential.tokenId);
        const isAllowed = () => !live.refuses(facts, time);
        if (!isAllowed()) return false;
        // For lack of room no reading helps.
        if (live.isFull(time)) throw new GateError("unavailable", "revocations-full");
        if (tail === undefined || !isStale()) return true;
        if (settings.stale.answer === "deny")
          throw new GateError("unavailable", "revocations-stale");
        return refreshed(tail).then(isAllowed);
      },
      factsOf: (claims, tokenId) => factsOf(settings, claims, tokenId),
      watch: (owner, watcher) => watchers.set(owner, watcher),
    },
  };
}

/** In milliseconds: how long a connection may go on once the stream is stale. */
const LOOK_EVERY = 200;

/** Of what is not known, anything may be revoked. */
function isAny(): boolean {
  return true;
}

async function refreshed(tail: Tail): Promise<void> {
  try {
    await tail.refresh();
  } catch {
    // The reading in the background tells why.
    throw new GateError("unavailable", "revocations-stale");
  }
}

function factsOf(
  { session, subject, epoch, tenant }: SerializedRevocation,
  claims: Readonly<Record<string, unknown>>,
  tokenId: unknown,
): RevocableFacts {
  return {
    issuer: String(claims["iss"]),
    token: tokenId,
    session: at(claims, session),
    subject: at(claims, subject),
    epoch: at(claims, epoch),
    tenant: tenant === null ? undefined : at(claims, tenant),
  };
}

function settingsOf(serialized: SerializedSnapshot): SerializedRevocation {
  const { revocation } = loadSnapshot(serialized).source;
  if (revocation) return revocation;
  throw misuse("the policy has no `revocation`");
}

function misuse(message: string): GateError {
  return new GateError("configuration-invalid", message);
}

function warn(error: unknown): void {
  process.emitWarning(String(Object(error).message ?? error), "GatewrightWarning");
}
