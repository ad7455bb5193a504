import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

/** Whom a policy trusts to name the client of a request. */
export interface ProxyTrust {
  /** Whether the proxy at an address, so many hops away, is trusted to name the client before it. */
  readonly isTrusted: (address: string, hop: number) => boolean;
  /** The client's address, as far as trusted proxies tell; null where the socket is gone. */
  readonly clientOf: (request: IncomingMessage) => string | null;
}

/** Nobody is trusted: the client is who opened the connection. */
export const directClients: ProxyTrust = {
  isTrusted: () => false,
  clientOf: ({ socket }) => plainAddress(socket?.remoteAddress),
};

/** Null for what is no IP address; an IPv4 address in IPv6 clothing is written as IPv4. */
export function plainAddress(text: string | undefined): string | null {
  const plain = text?.replace(/^::ffff:(?=[0-9.]+$)/i, "") ?? "";
  return isIP(plain) === 0 ? null : plain;
}
