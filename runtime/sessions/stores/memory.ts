import { beginSession, isLive } from "../begin-session.js";
import type { SessionStore, StoredSession } from "../session-store.js";
import { stepSession } from "../step-session.js";

export interface MemorySessionStoreOptions {
  /** The clock, in milliseconds since the epoch; `Date.now` by default. */
  readonly now?: () => number;
}

/** Between two searches for what expired, at least so many sessions begin. */
const SWEEP_EVERY = 1024;

/**
 * Keeps sessions in this process: they end with it, and no other process knows of them. For development and
 * tests; a gate under `NODE_ENV=production` wants `volatile` in the policy.
 */
export function createMemorySessionStore(options: MemorySessionStoreOptions = {}): SessionStore {
  const { now = Date.now } = options;
  const sessions = new Map<string, StoredSession>();
  const subjects = new Map<string, { epoch: number; readonly ids: Set<string> }>();
  let sweepAt = SWEEP_EVERY;

  const forget = ({ id, subject }: StoredSession) => {
    sessions.delete(id);
    const owner = subjects.get(subject);
    owner?.ids.delete(id);
    if (owner?.ids.size === 0) subjects.delete(subject);
  };
  const sweep = (time: number) => {
    for (const session of sessions.values()) if (time >= session.absoluteUntil) forget(session);
    sweepAt = Math.max(SWEEP_EVERY, sessions.size * 2);
  };
  const kept = (id: string) => {
    const session = sessions.get(id);
    if (session === undefined || now() < session.absoluteUntil) return session;
    forget(session);
    return undefined;
  };
  const live = (subject: string) =>
    [...(subjects.get(subject)?.ids ?? [])].flatMap((id) => {
      const session = kept(id);
      return session && isLive(session, now()) ? session : [];
    });

  return {
    kind: "memory",
    async create(fresh) {
      const time = now();
      if (kept(fresh.id) !== undefined) throw new Error("the session is there already");
      if (sessions.size >= sweepAt) sweep(time);
      const owner = subjects.get(fresh.subject) ?? { epoch: time, ids: new Set() };
      const session = beginSession(fresh, owner.epoch, time);
      const before = live(fresh.subject);
      const surplus = before.slice(0, Math.max(0, before.length + 1 - fresh.maxPerSubject));
      for (const old of surplus) sessions.set(old.id, { ...old, state: "displaced" });
      sessions.set(session.id, session);
      owner.ids.add(session.id);
      subjects.set(fresh.subject, owner);
      return { session, displaced: surplus.map(({ id }) => id) };
    },
    read: async (id) => kept(id),
    async step(id, step) {
      const session = kept(id);
      if (session === undefined) return { kind: "missing" };
      const stepped = stepSession(session, step, now());
      sessions.set(id, stepped.session);
      return stepped.verdict;
    },
    async end(id, why) {
      const session = kept(id);
      if (session?.state !== "active") return false;
      sessions.set(id, { ...session, state: why });
      return true;
    },
    async endAll(subject, why, except) {
      const ending = live(subject).filter(({ id }) => id !== except);
      for (const session of ending) sessions.set(session.id, { ...session, state: why });
      const owner = subjects.get(subject);
      const epoch = Math.max((owner?.epoch ?? 0) + 1, now());
      if (owner !== undefined) owner.epoch = epoch;
      const spared = except === undefined ? undefined : kept(except);
      if (spared?.subject === subject) sessions.set(spared.id, { ...spared, epoch });
      return { epoch, ended: ending.map(({ id }) => id) };
    },
    list: async (subject) => live(subject),
    close: async () => undefined,
  };
}
