import type { IncomingMessage } from "node:http";

/** RFC 10017: only a secure host can set them, for itself alone, and no script sees them. */
export const cookieNames = {
  token: "__Host-Http-gw-rt",
  device: "__Host-Http-gw-dev",
} as const;

export type CookieName = (typeof cookieNames)[keyof typeof cookieNames];

/** More than any browser has room for beside ours: a jar that somebody filled to push ours out. */
const MAX_COOKIES = 128;

export type CookieReading =
  | { readonly ok: true; readonly values: ReadonlyMap<CookieName, string> }
  /** A name twice, a name that is nearly ours, or too many: nobody can tell which one we set. */
  | { readonly ok: false };

const ours: readonly CookieName[] = Object.values(cookieNames);

/**
 * Reads our cookies from the bytes that came. Only SP and HTAB are stripped, as browsers do (RFC 6265bis,
 * section 5.6); libraries that strip more take a neighbour's cookie for ours.
 */
export function readCookies({ rawHeaders }: IncomingMessage): CookieReading {
  const values = new Map<CookieName, string>();
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() !== "cookie") continue;
    for (const part of String(rawHeaders[index + 1]).split(";")) {
      count += 1;
      if (count > MAX_COOKIES) return { ok: false };
      const at = part.indexOf("=");
      const name = strip(at === -1 ? "" : part.slice(0, at));
      const value = strip(at === -1 ? part : part.slice(at + 1));
      const own = ours.find((known) => known === name);
      if (own === undefined ? isLookAlike(name, value) : values.has(own)) return { ok: false };
      if (own !== undefined) values.set(own, value);
    }
  }
  return { ok: true, values };
}

/** Whether a request brings a cookie of ours, or one that looks like it. */
export function hasCookies(reading: CookieReading): boolean {
  return !reading.ok || reading.values.size > 0;
}

/** By hand: a pattern for the end of a text takes its time with a long one. */
function strip(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && isBlank(text[start])) start += 1;
  while (end > start && isBlank(text[end - 1])) end -= 1;
  return text.slice(start, end);
}

function isBlank(character: string | undefined): boolean {
  return character === " " || character === "\t";
}

/** A cookie without a name is sent as its value alone, and that may begin like one of ours. */
function isLookAlike(name: string, value: string): boolean {
  const first = name === "" ? (value.split("=", 1)[0] ?? "") : name;
  // Header bytes arrive as Latin-1; another parser may take them for that, or for UTF-8.
  const readings = [first, Buffer.from(first, "latin1").toString()].map(fold);
  return ours.some((known) => readings.includes(fold(known)));
}

/** What a parser that is less exact might make of a name. */
function fold(text: string): string {
  return text
    .normalize("NFKC")
    .replace(/[\s\p{C}\p{Z}"'$]/gu, "")
    .toLowerCase();
}

/** Kept for `seconds` by the browser. */
export function cookieLine(name: CookieName, value: string, seconds: number): string {
  return `${name}=${value}; Max-Age=${Math.max(0, Math.floor(seconds))}; Path=/; Secure; HttpOnly; SameSite=Strict`;
}

/** Takes both cookies away; a deletion has the attributes of what it deletes. */
export function clearedCookies(): readonly string[] {
  return ours.map((name) => cookieLine(name, "", 0));
}

/**
 * Takes away as well what a sibling may have set for a parent domain, as far as a browser lets it stand: one
 * that does not know the prefixes.
 */
export function clearedEverywhere(host: string | undefined): readonly string[] {
  const name = /^[a-z0-9.-]{1,253}(?=:\d{1,5}$|$)/i.exec(host ?? "")?.[0] ?? "";
  const labels = name.split(".");
  const isName = labels.length > 1 && /[a-z]/i.test(labels.at(-1) ?? "");
  const domains = isName
    ? labels.slice(0, -1).map((_, index) => labels.slice(index).join("."))
    : [];
  const lines = domains.flatMap((domain) =>
    ours.map((own) => `${cookieLine(own, "", 0)}; Domain=${domain}`),
  );
  return [...clearedCookies(), ...lines];
}
