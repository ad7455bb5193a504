import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";
import { plainAddress } from "./client-address.js";
import type { ForwardedFeature } from "./gate-features.js";

/** How many entries of `X-Forwarded-For` are looked at, from the nearest proxy outward. */
const MAX_HOPS = 32;

/** `router.trustedProxies`: a number of hops, or the CIDR blocks and addresses of the proxies. */
export const forwarded: ForwardedFeature = (trusted) => {
  const isTrusted = createTrust(trusted);
  return { isTrusted, clientOf: (request) => clientAddress(request, isTrusted) };
};

type IsTrusted = (address: string, hop: number) => boolean;

function createTrust(trusted: number | readonly string[]): IsTrusted {
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

/** The nearest address that no trusted proxy stands at: others only wrote down what they were told. */
function clientAddress(request: IncomingMessage, isTrusted: IsTrusted): string | null {
  let client = plainAddress(request.socket?.remoteAddress);
  if (client === null) return null;
  const header = request.headers["x-forwarded-for"];
  const hops = typeof header === "string" ? header.split(",").slice(-MAX_HOPS).toReversed() : [];
  for (const [hop, text] of hops.entries()) {
    const before = plainAddress(text.trim());
    if (before === null || !isTrusted(client, hop)) break;
    client = before;
  }
  return client;
}
