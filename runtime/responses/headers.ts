import { createHash, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

/** What a client asked under which conditions; the handler does not see it. */
export interface Conditions {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

/** Each would make of the handler's answer a word about what the client must not see. */
const CONDITIONAL = [
  "if-match",
  "if-none-match",
  "if-modified-since",
  "if-unmodified-since",
  "if-range",
  "range",
];

const NONE: Conditions = { ifMatch: undefined, ifNoneMatch: undefined };

/** Before any `Last-Modified`. */
const EPOCH = "Thu, 01 Jan 1970 00:00:00 GMT";

/**
 * Takes the conditions of a request away from its handler, and returns them. A method that writes keeps conditions that
 * cannot hold in their place, so that a handler that checks them refuses and never writes what it should not; `*` says
 * only whether something is there, and stays.
 */
export function hideConditions(request: IncomingMessage): Conditions {
  const { headers, rawHeaders, method } = request;
  if (!CONDITIONAL.some((name) => headers[name] !== undefined)) return NONE;
  // Node makes both of the raw headers when they are first read, and counts on as many as there were.
  const distinct: IncomingMessage["headersDistinct"] | undefined = request.headersDistinct;
  const ifMatch = headers["if-match"];
  const ifNoneMatch = headers["if-none-match"];
  const isRead = method === "GET" || method === "HEAD";
  const kept = new Map<string, string>();
  if (!isRead) {
    if (ifMatch !== undefined) kept.set("if-match", ifMatch === "*" ? "*" : `"${randomUUID()}"`);
    if (ifNoneMatch === "*") kept.set("if-none-match", "*");
    if (headers["if-unmodified-since"] !== undefined) kept.set("if-unmodified-since", EPOCH);
  }
  const raw: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    if (!CONDITIONAL.includes(name.toLowerCase())) raw.push(name, rawHeaders[index + 1] ?? "");
  }
  for (const [name, value] of kept) raw.push(name, value);
  rawHeaders.splice(0, rawHeaders.length, ...raw);
  for (const name of CONDITIONAL) {
    const value = kept.get(name);
    for (const form of [headers, distinct ?? {}]) Reflect.deleteProperty(form, name);
    if (value === undefined) continue;
    headers[name] = value;
    if (distinct !== undefined) distinct[name] = [value];
  }
  return isRead ? { ifMatch, ifNoneMatch } : NONE;
}

/** Headers of a response that are made of its raw body, or say how a part or a form of it is sent. */
const OF_RAW_BODY = [
  "accept-ranges",
  "content-digest",
  "content-encoding",
  "content-length",
  "content-md5",
  "content-range",
  "digest",
  "etag",
  "last-modified",
  "repr-digest",
  "signature",
  "signature-input",
  "trailer",
  "unencoded-digest",
];

export function dropRawHeaders(response: ServerResponse): void {
  // Node takes a removal as a wish: a response without the header would have no length and no chunks either.
  for (const name of OF_RAW_BODY) if (response.hasHeader(name)) response.removeHeader(name);
}

/**
 * Keeps the forms of two callers apart: no shared cache may store one, whatever name it listens to, and a browser must
 * ask again each time, so that the next user of it meets the tag of their own form.
 */
export function keepFromCaches(response: ServerResponse): void {
  const said = String(response.getHeader("Cache-Control") ?? "").toLowerCase();
  const isStored = !/(?:^|[\s,])no-store(?:$|[\s,])/.test(said);
  response.setHeader("Cache-Control", isStored ? "private, no-cache" : "no-store");
  for (const name of response.getHeaderNames()) {
    // RFC 9213: a targeted field wins over `Cache-Control` where it is known.
    const isTargeted = name !== "cache-control" && name.endsWith("cache-control");
    if (isTargeted || OTHER_CACHES.includes(name)) response.removeHeader(name);
  }
  const varied = String(response.getHeader("Vary") ?? "");
  const known = varied.split(",").map((name) => name.trim().toLowerCase());
  const missing = ["Authorization", "Cookie"].filter((name) => !known.includes(name.toLowerCase()));
  if (known.includes("*") || missing.length === 0) return;
  response.setHeader("Vary", [...(varied === "" ? [] : [varied]), ...missing].join(", "));
}

const OTHER_CACHES = ["expires", "pragma", "surrogate-control", "x-accel-expires"];

export type BodyKind = "json" | "lines" | "problem";

/** What a `Content-Type` says of a body; undefined for what is not masked. Two types in one are none. */
export function kindOf(type: unknown): BodyKind | undefined {
  if (typeof type !== "string") return undefined;
  const found = /^([a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+) *(?:; *charset *= *"?utf-8"? *)?$/i.exec(
    type.trim(),
  );
  const essence = found?.[1]?.toLowerCase();
  if (essence === undefined) return undefined;
  if (essence === "application/problem+json") return "problem";
  if (LINES.includes(essence)) return "lines";
  return essence === "application/json" || /^application\/[^/]+\+json$/.test(essence)
    ? "json"
    : undefined;
}

const LINES = [
  "application/x-ndjson",
  "application/ndjson",
  "application/jsonl",
  "application/x-jsonlines",
];

/** Weak, since what compresses the body on its way changes its bytes and not what it says. */
export function tagOf(body: Uint8Array): string {
  return `W/"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
}

/** RFC 9110, section 13.2.2, of a response of 200: the status instead; undefined where it is sent. */
export function answerConditions(
  { ifMatch, ifNoneMatch }: Conditions,
  tag: string,
): 304 | 412 | undefined {
  // Tags are compared strongly for `If-Match`, and a weak one equals none.
  if (ifMatch !== undefined) return ifMatch.trim() === "*" ? undefined : 412;
  if (ifNoneMatch === undefined) return undefined;
  const tags = ifNoneMatch.match(/(?:W\/)?"[^"]*"/g) ?? [];
  const isKnown = ifNoneMatch.trim() === "*" || tags.some((one) => opaque(one) === opaque(tag));
  return isKnown ? 304 : undefined;
}

function opaque(tag: string): string {
  return tag.replace(/^W\//, "");
}
