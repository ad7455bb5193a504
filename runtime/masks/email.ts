import { domainToASCII } from "node:url";
import { createTextMask, withShortCut } from "./mask.js";
import type { Mask } from "./mask.js";
import { firstGraphemes } from "./text.js";

const HIDDEN = "***@";
const ALL_HIDDEN = "***@***";

/** RFC 5321, section 4.5.3.1: 64 octets before the `@`, 255 behind it. A longer text is no address. */
const LONGEST_LOCAL = 64;
const LONGEST_DOMAIN = 255;

/** In graphemes: of fewer, the first says too much. */
const SHORTEST_LOCAL = 3;

/** RFC 5322's `atext` and dots, with the letters of RFC 6531. Quoted, nearly anything may stand. */
const PLAIN_LOCAL = /^[^\p{Cc}\p{Cs}\p{Z}"(),:;<>@[\\\]]+$/u;
const QUOTED_LOCAL = /^"[^\p{Cc}\p{Cs}]*"$/u;

/** The four full stops are those of UTS #46. No percent sign, which `domainToASCII` would decode. */
const DOMAIN = /^[\p{L}\p{M}\p{N}.\u3002\uff0e\uff61-]+$/u;

/** A host name with a top level that is no number: an address literal is an IP address, and not shown. */
const HOST = /^(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.){1,126}(?=[a-z])[a-z\d-]{2,63}$/;

/**
 * Shows the first grapheme of the local part, and the domain in ASCII (RFC 5891): `a***@example.com`. What
 * is no address, or has a local part of under three graphemes, is hidden whole. The domain stays: where it is
 * a person's own, take a keyed hash.
 */
export function createEmailMask(): Mask {
  return maskEmail;
}

/**
 * What nearly all addresses are, of small letters and digits with single signs between them, in one walk; undefined
 * for others.
 */
function maskPlainEmail(text: string): string | undefined {
  const { length } = text;
  const at = endOfPlainLocal(text);
  if (at < SHORTEST_LOCAL || at > LONGEST_LOCAL || length > LONGEST_DOMAIN) return undefined;
  if (text.charCodeAt(at) !== AT) return undefined;
  let sign = at;
  let dot = at;
  for (let index = at + 1; index < length; index += 1) {
    const unit = text.charCodeAt(index);
    if (isSmallLetter(unit) || isDigit(unit)) continue;
    // Of two dashes side by side, a name of RFC 5891 could be made.
    if ((unit !== DOT && unit !== DASH) || sign === index - 1) return undefined;
    sign = index;
    if (unit === DASH) continue;
    if (index - dot > LONGEST_LABEL) return undefined;
    dot = index;
  }
  const top = length - dot - 1;
  const isHost = dot > at && top >= 2 && top <= LONGEST_LABEL;
  if (!isHost || !isSmallLetter(text.charCodeAt(dot + 1))) return undefined;
  return text.charAt(0) + HIDDEN + text.slice(at + 1);
}

/** Where what can begin an address ends: at a sign that is no letter, digit, dot, plus, dash or low line. */
function endOfPlainLocal(text: string): number {
  let index = 0;
  while (index < text.length) {
    const unit = text.charCodeAt(index);
    // A capital letter is a small one without its sixth bit. What most are is asked first.
    if (!isSmallLetter(unit | 0x20) && !isDigit(unit) && !isSign(unit)) break;
    index += 1;
  }
  return index;
}

function isSign(unit: number): boolean {
  return unit === DOT || unit === DASH || unit === PLUS || unit === LOW_LINE;
}

function isSmallLetter(unit: number): boolean {
  return unit >= 0x61 && unit <= 0x7a;
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}

const PLUS = 0x2b;
const DASH = 0x2d;
const DOT = 0x2e;
const AT = 0x40;
const LOW_LINE = 0x5f;

/** In code units (RFC 1035, section 2.3.4). */
const LONGEST_LABEL = 63;

/** The mask without its short cut. */
export const maskAnyEmail = createTextMask((text) => {
  if (text.length > LONGEST_LOCAL + 1 + LONGEST_DOMAIN) return ALL_HIDDEN;
  const at = text.lastIndexOf("@");
  if (at === -1) return ALL_HIDDEN;
  const first = firstOf(text.slice(0, at).trimStart());
  const domain = hostOf(text.slice(at + 1).trimEnd());
  return first === undefined || domain === undefined ? ALL_HIDDEN : first + HIDDEN + domain;
});

const maskEmail = withShortCut(maskAnyEmail, maskPlainEmail);

function firstOf(local: string): string | undefined {
  if (local.length > LONGEST_LOCAL) return undefined;
  const isQuoted = local.length > 2 && QUOTED_LOCAL.test(local);
  if (!isQuoted && !PLAIN_LOCAL.test(local)) return undefined;
  const shown = firstGraphemes(isQuoted ? local.slice(1, -1) : local, SHORTEST_LOCAL);
  return shown.length < SHORTEST_LOCAL ? undefined : shown[0];
}

function hostOf(domain: string): string | undefined {
  if (!DOMAIN.test(domain)) return undefined;
  const isAscii = HOST.test(domain) && !domain.includes("xn--");
  const host = isAscii ? domain : domainToASCII(domain);
  return host.length <= LONGEST_DOMAIN && HOST.test(host) ? host : undefined;
}
