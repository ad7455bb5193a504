import type { ServerResponse } from "node:http";
import type { PolicyTypes } from "../policy-types.js";
import type { SerializedSessionClient } from "../serialized-sessions.js";
import { sendJson } from "./answers.js";
import { cookieLine, cookieNames } from "./cookies.js";
import type { SessionCore } from "./open-core.js";
import { writeRefreshToken } from "./refresh-token.js";
import type { TagKey } from "./refresh-token.js";
import type { SessionFacts } from "./session-facts.js";
import type { StoredSession } from "./session-store.js";
import type { Account } from "./session-types.js";

export interface TokensOf<P extends PolicyTypes> {
  readonly session: Pick<
    StoredSession,
    "id" | "subject" | "epoch" | "generation" | "idleUntil" | "absoluteUntil"
  >;
  readonly facts: SessionFacts;
  readonly tagKey: TagKey;
  readonly client: SerializedSessionClient;
  readonly account: Account<P>;
  readonly scopes: readonly string[] | null;
  /** The store's time, in milliseconds. */
  readonly at: number;
  /** For the cookie of the device; left out where the browser has it, and it only lives longer. */
  readonly deviceSecret?: string | undefined;
}

/**
 * Answers with a pair of tokens. In the browser flow the refresh token is in a cookie that no script sees, and
 * nowhere else; in the native flow it is in the body.
 */
export async function sendTokens<P extends PolicyTypes>(
  core: SessionCore<P>,
  response: ServerResponse,
  { session, facts, tagKey, client, account, scopes, at, deviceSecret }: TokensOf<P>,
): Promise<void> {
  const remaining = session.absoluteUntil - at;
  const issued = await core.mint({ session, facts, account, scopes, remaining });
  const refreshToken = writeRefreshToken(tagKey, session.generation);
  const isBrowser = client.flow === "browser";
  const seconds = (Math.min(session.idleUntil, session.absoluteUntil) - at) / 1000;
  const cookies = [
    cookieLine(cookieNames.token, refreshToken, seconds),
    ...(deviceSecret === undefined ? [] : [cookieLine(cookieNames.device, deviceSecret, seconds)]),
  ];
  const answer = {
    access_token: issued.token,
    token_type: facts.device?.kind === "dpop" ? "DPoP" : "Bearer",
    expires_in: Math.floor((issued.expiresAt - core.state.now()) / 1000),
    ...(scopes === null ? {} : { scope: scopes.join(" ") }),
    ...(isBrowser ? {} : { refresh_token: refreshToken }),
  };
  sendJson(response, answer, isBrowser ? cookies : []);
}
