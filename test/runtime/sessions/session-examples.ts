import { randomBytes } from "node:crypto";
import type { NewSession, RefreshStep } from "../../../runtime/sessions/session-store.js";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const WINDOW = 10_000;

export function newSession(changes: Partial<NewSession> = {}): NewSession {
  return {
    id: randomBytes(16).toString("base64url"),
    subject: "u1",
    data: '{"client":"app"}',
    seen: '{"ip":"192.0.2.0/24"}',
    idleFor: HOUR,
    absoluteFor: 24 * HOUR,
    maxPerSubject: 10,
    ...changes,
  };
}

/** A submit of the token of a generation. */
export function submit(generation: number, changes: Partial<RefreshStep> = {}): RefreshStep {
  return {
    generation,
    retryFor: WINDOW,
    maxRetries: 5,
    mayRetry: true,
    idleFor: HOUR,
    seen: '{"ip":"198.51.100.0/24"}',
    ...changes,
  };
}

export const strict = { retryFor: 0 } as const;
