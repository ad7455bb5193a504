import { isIP } from "node:net";
import { createTextMask, withShortCut } from "./mask.js";
import type { Mask } from "./mask.js";

/** In code units, with an interface's name behind a percent sign (RFC 4007); `isIP` reads all of what it gets. */
const MAX_LENGTH = 64;

/**
 * Shows the network of an IP address: 24 bits of IPv4 (`203.0.113.0/24`), 48 of IPv6 in the form of RFC 5952
 * (`2001:db8:1::/48`). An IPv4 address within an IPv6 one is masked as IPv4. What is no address is taken away.
 */
export function createIpMask(): Mask {
  return maskIp;
}

/** What nearly all addresses are, four numbers and no more, in one walk; undefined for others. */
function maskPlainIp(text: string): string | undefined {
  const { length } = text;
  if (length > LONGEST_PLAIN) return undefined;
  let dots = 0;
  let thirdDot = 0;
  let number = -1;
  for (let index = 0; index < length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit >= ZERO && unit <= NINE) {
      // No zero leads: some would read the number as an octal one, and `isIP` does not take it.
      if (number === 0) return undefined;
      number = number === -1 ? unit - ZERO : number * 10 + unit - ZERO;
      if (number > 255) return undefined;
    } else {
      if (unit !== DOT || number === -1) return undefined;
      dots += 1;
      thirdDot = index;
      number = -1;
    }
  }
  return dots === 3 && number !== -1 ? `${text.slice(0, thirdDot)}.0/24` : undefined;
}

/** In code units: `255.255.255.255`. */
const LONGEST_PLAIN = 15;

const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;

/** The mask without its short cut. */
export const maskAnyIp = createTextMask((text) => {
  if (text.length > MAX_LENGTH) return null;
  const address = text.trim();
  const version = isIP(address);
  if (version === 4) return networkOf(address.split(".").map(Number));
  if (version !== 6) return null;
  const words = wordsOf(address);
  const embedded = embeddedIn(words);
  return embedded === undefined ? prefixOf(words) : networkOf(embedded);
});

const maskIp = withShortCut(maskAnyIp, maskPlainIp);

function networkOf([first, second, third]: readonly number[]): string {
  return `${first}.${second}.${third}.0/24`;
}

/** The eight words of an address that `isIP` has accepted. */
function wordsOf(address: string): readonly number[] {
  const [plain = ""] = address.split("%");
  const [head = "", tail] = plain.split("::");
  const left = readWords(head);
  if (tail === undefined) return left;
  const right = readWords(tail);
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
}

function readWords(text: string): readonly number[] {
  if (text === "") return [];
  return text.split(":").flatMap((part) => {
    if (!part.includes(".")) return Number.parseInt(part, 16);
    const [a = 0, b = 0, c = 0, d = 0] = part.split(".").map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}

/**
 * The IPv4 address that an IPv6 one carries: mapped (RFC 4291), of NAT64 (RFC 6052), or of 6to4 (RFC 3056), where
 * the first 48 bits hold it whole.
 */
function embeddedIn(words: readonly number[]): readonly number[] | undefined {
  const [first, second, third, fourth, fifth, sixth, seventh, eighth] = words;
  if (first === 0x2002) return bytesOf(second, third);
  const isMiddleZero = third === 0 && fourth === 0 && fifth === 0;
  const isMapped = first === 0 && second === 0 && isMiddleZero && sixth === 0xffff;
  const isTranslated = first === 0x64 && second === 0xff9b && isMiddleZero && sixth === 0;
  return isMapped || isTranslated ? bytesOf(seventh, eighth) : undefined;
}

function bytesOf(high = 0, low = 0): readonly number[] {
  return [high >> 8, high & 0xff, low >> 8, low & 0xff];
}

function prefixOf(words: readonly number[]): string {
  const shown = words.slice(0, 3);
  while (shown.at(-1) === 0) shown.pop();
  return `${shown.map((word) => word.toString(16)).join(":")}::/48`;
}
