import type { ServerResponse } from "node:http";
import type { Problem } from "../problem.js";
import { refuse } from "../problem.js";
import type { RequestContext } from "../request-context.js";
import { clearedCookies, clearedEverywhere } from "./cookies.js";

/** RFC 6749, section 5.1. */
export interface TokenAnswer {
  readonly access_token: string;
  readonly token_type: "Bearer" | "DPoP";
  readonly expires_in: number;
  readonly scope?: string;
  /** Native flow only. */
  readonly refresh_token?: string;
}

export function sendJson(
  response: ServerResponse,
  body: object,
  cookies: readonly string[] = [],
): void {
  addCookies(response, cookies);
  response.statusCode = 200;
  response.setHeader("Content-Type", "application/json");
  response.setHeader("Cache-Control", "no-store");
  response.end(JSON.stringify(body));
}

/** 204, which says nothing of whether there was anything to do. */
export function sendDone(response: ServerResponse, cookies: readonly string[] = []): void {
  addCookies(response, cookies);
  response.statusCode = 204;
  response.setHeader("Cache-Control", "no-store");
  response.end();
}

/** What becomes of the cookies of a request that is refused. */
export type CookieFate = "kept" | "cleared" | "cleared-everywhere";

/** One shape for all that can be wrong with a refresh token: it tells nobody what was. */
export function refuseRefresh(
  context: RequestContext,
  response: ServerResponse,
  { cause, cookies }: { readonly cause: string; readonly cookies: CookieFate },
): void {
  if (cookies === "cleared") addCookies(response, clearedCookies());
  const detail = "the refresh token is not accepted";
  refuse(context, response, { code: "refresh-rejected", status: 401, detail, cause });
}

/** Cookies of which nobody can tell who set them. */
export function refuseCookies(context: RequestContext, response: ServerResponse): void {
  addCookies(response, clearedEverywhere(response.req.headers.host));
  const detail = "the cookies of the request cannot be told apart";
  refuse(context, response, { code: "invalid-request", detail, cause: "cookies" });
}

export function refuseWith(
  context: RequestContext,
  response: ServerResponse,
  problem: Problem,
): void {
  refuse(context, response, problem);
}

function addCookies(response: ServerResponse, lines: readonly string[]): void {
  // Those of the application stay.
  if (lines.length > 0) response.appendHeader("Set-Cookie", lines);
}
