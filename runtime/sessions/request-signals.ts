import { isIPv4, isIPv6 } from "node:net";

/** Where a session was used from, coarse enough to stay the same while one person moves about a little. */
export interface Seen {
  /** A /24 of IPv4 or a /64 of IPv6; null where the address is unknown. */
  readonly address: string | null;
  /** The family of a user agent, without its version; null without one. */
  readonly userAgent: string | null;
}

export function seenOf(address: string | null, userAgent: string | undefined): Seen {
  return { address: addressPrefix(address), userAgent: userAgentFamily(userAgent) };
}

/** What of a session's last use no longer holds; nothing is known where one side is unknown. */
export function changedSignals(before: Seen, now: Seen): readonly (keyof Seen)[] {
  const names = ["address", "userAgent"] as const;
  return names.filter((name) => before[name] !== null && before[name] !== now[name]);
}

function addressPrefix(address: string | null): string | null {
  if (address === null) return null;
  if (isIPv4(address)) return `${address.split(".").slice(0, 3).join(".")}.0/24`;
  return isIPv6(address) ? `${groupsOf(address).slice(0, 4).join(":")}::/64` : null;
}

/** The eight groups of an address, without leading zeros. */
function groupsOf(address: string): readonly string[] {
  const [plain = ""] = address.toLowerCase().split("%", 1);
  // RFC 4291, section 2.2: the last 32 bits may be written as IPv4.
  const text = plain.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...bytes: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(0, 4).map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
  const [head = "", tail] = text.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const missing = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array<string>(missing).fill("0"), ...after];
  return groups.map((group) => Number.parseInt(group, 16).toString(16));
}

/** Names that say more than `Mozilla`, the particular before the general: Edge calls itself Chrome too. */
const families: readonly (readonly [name: string, mark: RegExp])[] = [
  ["Edge", /\bEdg(?:e|A|iOS)?\//],
  ["Opera", /\bOPR\//],
  ["Samsung Internet", /\bSamsungBrowser\//],
  ["Firefox", /\b(?:Firefox|FxiOS)\//],
  ["Chrome", /\b(?:Chrome|Chromium|HeadlessChrome|CriOS)\//],
  ["Safari", /\bVersion\/[\d.]+.*\bSafari\//],
];

const MAX_USER_AGENT_LENGTH = 512;
const MAX_FAMILY_LENGTH = 40;

function userAgentFamily(text: string | undefined): string | null {
  if (text === undefined || text === "") return null;
  const short = text.slice(0, MAX_USER_AGENT_LENGTH);
  const known = families.find(([, mark]) => mark.test(short));
  if (known !== undefined) return known[0];
  // RFC 9110, section 10.1.5: the product comes first, its version behind a slash.
  return /^[\w.!#$&'*+^`|~-]+/.exec(short)?.[0].slice(0, MAX_FAMILY_LENGTH) ?? "other";
}
