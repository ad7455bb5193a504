import type { IncomingMessage } from "node:http";

/** A header that no form and no other site can set: with it, a browser asks before it sends (Fetch, CORS). */
const GUARD_HEADER = "x-gatewright";

/** Why a request of the browser flow may come from another page; undefined where it does not. */
export type ForgeryCause = "header" | "fetch-site" | "origin" | "media-type";

/**
 * Whether a page of this origin sent a request (ASVS 3.5.1 to 3.5.3). `Sec-Fetch-Site` tells where a browser
 * sends it; else `Origin` must be one of those that the policy lists for the client.
 */
export function findForgery(
  { headers }: IncomingMessage,
  origins: readonly string[],
): ForgeryCause | undefined {
  if (headers[GUARD_HEADER] !== "1") return "header";
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin") return "fetch-site";
  if (site === undefined && !origins.some((origin) => origin === headers.origin)) return "origin";
  const type = headers["content-type"];
  if (type !== undefined && !/^application\/json *(?:;|$)/i.test(type)) return "media-type";
  return undefined;
}

/** Whether a browser's page sent it: what no native client has any reason to send. */
export function isFromPage({ headers }: IncomingMessage): boolean {
  return (
    headers.origin !== undefined ||
    Object.keys(headers).some((name) => name.startsWith("sec-fetch-"))
  );
}
