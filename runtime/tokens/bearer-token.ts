import type { IncomingMessage } from "node:http";
import { GateError } from "../gate-error.js";

/** RFC 9110, section 11.1: the scheme is case-insensitive; RFC 6750, section 2.1: then one `b64token`. */
const BEARER = /^bearer(?: +|$)(.*)$/i;

/**
 * The bearer token of a request; undefined where it has none, other schemes included. The query parameter is
 * never read (RFC 9700, section 4.3.2).
 *
 * @throws GateError `invalid-request` where a client sends more than one (RFC 6750, section 2)
 */
export function bearerToken({ rawHeaders, url = "" }: IncomingMessage): string | undefined {
  const [value = "", ...others] = rawHeaders.filter(
    (_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === "authorization",
  );
  const token = BEARER.exec(value)?.[1];
  const isTwice = token?.includes(",") || (token !== undefined && /[?&]access_token=/.test(url));
  if (isTwice || others.length > 0) throw new GateError("invalid-request", "two-credentials");
  return token;
}
