import { createHash, createSecretKey, randomBytes } from "node:crypto";
import type { Redis } from "ioredis";
import {
  createSecret,
  createSessionId,
  isTagged,
  openTagKey,
  readRefreshToken,
  writeRefreshToken,
} from "../../runtime/sessions/refresh-token.js";
import type { TagKey } from "../../runtime/sessions/refresh-token.js";
import type { SessionStore } from "../../runtime/sessions/session-store.js";

/** Signs an access token for a session; nothing where only the rotation is looked at. */
export type Mint = (subject: string, sessionId: string) => Promise<string>;

/** One way to rotate refresh tokens. */
export interface Rotation {
  readonly name: string;
  begin(): Promise<string>;
  /** The next token; undefined where the token is refused. */
  refresh(token: string): Promise<string | undefined>;
}

const secret = createSecretKey(randomBytes(32));
const CLIENT = "bench";
const DAY = 86_400_000;

function tagKeyOf(id: string, salt: string): TagKey {
  return openTagKey(secret, { id, clientId: CLIENT, salt });
}

/** All that a service does with a refresh token, but for HTTP, cookies and the access token. */
export function gatewright(store: SessionStore, mint?: Mint): Rotation {
  const seen = JSON.stringify({ address: "192.0.2.0/24", userAgent: "Firefox" });
  return {
    name: `gatewright ${store.kind}${mint ? ", whole refresh" : ""}`,
    async begin() {
      const [id, salt] = [createSessionId(), createSecret()];
      const data = JSON.stringify({
        keyId: "bench",
        salt,
        clientId: CLIENT,
        device: null,
        scopes: null,
      });
      const times = { idleFor: DAY, absoluteFor: DAY, maxPerSubject: 100 };
      await store.create({ id, subject: `u-${id}`, data, seen, ...times });
      return writeRefreshToken(tagKeyOf(id, salt), 0);
    },
    async refresh(text) {
      const token = readRefreshToken(text);
      const session = token && (await store.read(token.id));
      if (token === undefined || session === undefined) return undefined;
      const key = tagKeyOf(session.id, JSON.parse(session.data).salt);
      if (!isTagged(key, token)) return undefined;
      const { generation } = token;
      const retry = { retryFor: 10_000, maxRetries: 5, mayRetry: true };
      const verdict = await store.step(session.id, { generation, ...retry, idleFor: DAY, seen });
      if (verdict.kind !== "rotated" && verdict.kind !== "retried") return undefined;
      await mint?.(session.subject, session.id);
      return writeRefreshToken(key, verdict.generation);
    },
  };
}

/**
 * What is written by hand in an afternoon: random tokens, of which the digest stands in the session, read and
 * written in two steps. It has races, no retry, and answers reuse like any wrong token.
 */
export function plainRotation(client: Redis, prefix: string, mint?: Mint): Rotation {
  const keyOf = (id: string) => `${prefix}plain:${id}`;
  const write = async (id: string, session: object) => {
    const token = randomBytes(32).toString("base64url");
    const text = JSON.stringify({ ...session, digest: digestOf(token), usedAt: Date.now() });
    await client.set(keyOf(id), text, "PX", DAY);
    return `${id}.${token}`;
  };
  return {
    name: `plain redis${mint ? ", whole refresh" : ""}`,
    begin() {
      const id = createSessionId();
      return write(id, { subject: `u-${id}`, clientId: CLIENT, address: "192.0.2.0/24" });
    },
    async refresh(text) {
      const [id = "", token = ""] = text.split(".");
      const found = await client.get(keyOf(id));
      const session = found === null ? undefined : JSON.parse(found);
      if (session?.digest !== digestOf(token)) return undefined;
      await mint?.(session.subject, id);
      return write(id, session);
    },
  };
}

function digestOf(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}
