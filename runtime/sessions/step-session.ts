import type { RefreshStep, StepVerdict, StoredSession } from "./session-store.js";

export interface Stepped {
  readonly verdict: StepVerdict;
  /** The session after the step; the same object where nothing changed. */
  readonly session: StoredSession;
}

/**
 * The rules of refresh rotation (RFC 9700, section 4.14.2), which every store follows to the letter: one
 * successor for each generation, so that lost, doubled and swapped answers converge on it, and no fork.
 */
export function stepSession(session: StoredSession, step: RefreshStep, now: number): Stepped {
  const { generation, state } = session;
  if (state !== "active") return { verdict: { kind: "ended", state }, session };
  if (now >= session.absoluteUntil || now >= session.idleUntil) {
    return { verdict: { kind: "expired" }, session };
  }
  if (step.generation === generation) return rotate(session, step, now);
  if (step.generation > generation) {
    return { verdict: { kind: "ahead" }, session: { ...session, state: "forged-generation" } };
  }
  if (!isRetry(session, step, now)) {
    return { verdict: { kind: "reused" }, session: { ...session, state: "reuse" } };
  }
  if (!step.mayRetry) return { verdict: { kind: "refused" }, session };
  return answerWith("retried", { ...session, retries: session.retries + 1 }, now);
}

function rotate(session: StoredSession, step: RefreshStep, now: number): Stepped {
  const { retries, retriedInARow, absoluteUntil } = session;
  const rotated = {
    ...session,
    generation: session.generation + 1,
    retries: 0,
    retriedInARow: retries > 0 ? retriedInARow + 1 : 0,
    rotatedAt: now,
    idleUntil: Math.min(now + step.idleFor, absoluteUntil),
    seen: step.seen,
  };
  return answerWith("rotated", rotated, now);
}

/** The window is counted from the rotation and never slides; the successor's own use closes it. */
function isRetry(session: StoredSession, step: RefreshStep, now: number): boolean {
  return (
    step.generation === session.generation - 1 &&
    step.retryFor > 0 &&
    now - session.rotatedAt <= step.retryFor &&
    session.retries < step.maxRetries
  );
}

function answerWith(kind: "rotated" | "retried", session: StoredSession, at: number): Stepped {
  const { generation, retries, retriedInARow, idleUntil, absoluteUntil } = session;
  const facts = { generation, retries, retriedInARow, idleUntil, absoluteUntil };
  return { verdict: { kind, ...facts, at }, session };
}
