import type { IncomingMessage } from "node:http";
import { plainAddress } from "../client-address.js";
import type { ProxyTrust } from "../client-address.js";
import { sentTarget } from "../http.js";

/** Printable characters that a URI may hold (RFC 3986, section 2); URL parsers forgive others. */
const URI = /^https?:\/\/[!#$&-;=?-Z[\]_a-z~%]+$/i;

/**
 * Whether a proof is about the URI of a request, query and fragment left aside (RFC 9449, section 4.3, step 9),
 * after the normalisation of RFC 3986, sections 6.2.2 and 6.2.3: a port that is the scheme's own says nothing.
 */
export function isAbout(
  htu: unknown,
  request: IncomingMessage,
  { origins, proxies }: { readonly origins: readonly string[]; readonly proxies: ProxyTrust },
): boolean {
  const claimed = typeof htu === "string" && URI.test(htu) ? parse(htu) : undefined;
  if (claimed === undefined) return false;
  const isOurs =
    origins.length > 0
      ? origins.includes(claimed.origin)
      : claimed.origin === originOf(request, proxies);
  const [path = ""] = sentTarget(request).split(/[?#]/, 1);
  return isOurs && normal(claimed.pathname) === normal(path);
}

function parse(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.username === "" && url.password === "" ? url : undefined;
}

/** Scheme and authority as the client used them, as far as the connection and trusted proxies tell. */
function originOf(request: IncomingMessage, proxies: ProxyTrust): string | undefined {
  const { headers, socket } = request;
  const isSecure = "encrypted" in socket && socket.encrypted === true;
  const told = (name: string) => toldBy(request, name, proxies);
  const scheme = told("x-forwarded-proto") ?? (isSecure ? "https" : "http");
  const host = told("x-forwarded-host") ?? String(headers[":authority"] ?? headers.host ?? "");
  const text = `${scheme}://${host}`;
  return URI.test(text) && !/[/@?#]/.test(host) ? parse(text)?.origin : undefined;
}

/** What the outermost trusted proxy said; a proxy that only appends leaves in front what it was told. */
function toldBy(
  { headers, socket }: IncomingMessage,
  name: string,
  { isTrusted }: ProxyTrust,
): string | undefined {
  const value = headers[name];
  let address = plainAddress(socket.remoteAddress);
  if (typeof value !== "string" || address === null) return undefined;
  const before = String(headers["x-forwarded-for"] ?? "").split(",");
  let hops = 0;
  while (address !== null && isTrusted(address, hops)) {
    hops += 1;
    address = plainAddress(before.at(-hops)?.trim());
  }
  const said = value.split(",");
  return hops === 0 ? undefined : said[Math.max(0, said.length - hops)]?.trim().toLowerCase();
}

/** RFC 3986, sections 6.2.2.1 and 6.2.2.2. */
function normal(path: string): string {
  return path.replace(/%[0-9a-f]{2}/gi, (escape) => {
    const character = String.fromCharCode(Number(`0x${escape.slice(1)}`));
    return /[\w.~-]/.test(character) ? character : escape.toUpperCase();
  });
}
