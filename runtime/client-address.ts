import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";

/** How many entries of `X-Forwarded-For` are looked at, from the nearest proxy outward. */
const MAX_HOPS = 32;

/** Whether the proxy at an address, so many hops away, is trusted to name the client before it. */
export type ProxyTrust = (address: string, hop: number) => boolean;

/** `trustedProxies`: a number of hops, or the CIDR blocks and addresses of the proxies. */
export function createProxyTrust(trusted: number | readonly string[]): ProxyTrust {
  if (typeof trusted === "number") return (_, hop) => hop < trusted;
  const blocks = new BlockList();
  for (const block of trusted) {
    const [network = "", prefix] = block.split("/");
    const family = isIP(network) === 6 ? "ipv6" : "ipv4";
    if (prefix === undefined) blocks.addAddress(network, family);
    else blocks.addSubnet(network, Number(prefix), family);
  }
  return (address) => blocks.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

/**
 * The address of the client: the nearest one that no trusted proxy stands at. `X-Forwarded-For` is
 * believed only as far as trusted proxies wrote it. Null where the socket is gone.
 */
export function clientAddress(request: IncomingMessage, isTrusted: ProxyTrust): string | null {
  let client = plainAddress(request.socket?.remoteAddress);
  if (client === null) return null;
  const forwarded = request.headers["x-forwarded-for"];
  const hops =
    typeof forwarded === "string" ? forwarded.split(",").slice(-MAX_HOPS).toReversed() : [];
  for (const [hop, text] of hops.entries()) {
    const before = plainAddress(text.trim());
    if (before === null || !isTrusted(client, hop)) break;
    client = before;
  }
  return client;
}

/** Null for what is no IP address; an IPv4 address in IPv6 clothing is written as IPv4. */
function plainAddress(text: string | undefined): string | null {
  const plain = text?.replace(/^::ffff:(?=[0-9.]+$)/i, "") ?? "";
  return isIP(plain) === 0 ? null : plain;
}
