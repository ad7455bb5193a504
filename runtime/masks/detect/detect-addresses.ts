import { indexOfClass, startOfRow } from "./span.js";
import type { Detector, Span } from "./span.js";

/** `@`, of full width too, or percent-encoded any number of times. */
const AT = /[@＠]|%(?:25)*40/g;
/** What ends a local part to the left, and a domain to the right. */
const AROUND_LOCAL = /[\s\p{Cc}"(),:;<>@＠[\\\]]/u;
const AROUND_DOMAIN = /[\s\p{Cc}"'(),:;<>@＠[\\\]/?#&=%]/u;

/** What ends a URL, or its authority, in running text. */
const AROUND_URL = /[\s"'<>`\\]/;
const AROUND_AUTHORITY = /[\s"'<>`\\/?#]/;

/** Finds e-mail addresses, and of URLs the user and all of query and fragment, whatever the names in it. */
export const detectAddresses: Detector = (text) => [
  ...emailsIn(text),
  ...urlsIn(text),
  ...queriesIn(text),
];

function emailsIn(text: string): readonly Span[] {
  const spans: Span[] = [];
  let last = 0;
  for (const { 0: at, index } of text.matchAll(AT)) {
    const domain = index + at.length;
    // No further left than the last `@`: what is between two is looked at twice at most.
    const start = Math.max(last, startOfLocal(text, index, last));
    const end = indexOfClass(text, domain, AROUND_DOMAIN);
    if (start < index && domain < end) spans.push({ start, end, kind: "email" });
    last = domain;
  }
  return spans;
}

/** In code units, of a quoted local part; RFC 5321 allows 64. */
const LONGEST_QUOTED = 66;

function startOfLocal(text: string, at: number, floor: number): number {
  if (text.charAt(at - 1) !== '"') return startOfRow(text, at, AROUND_LOCAL, floor);
  const begin = Math.max(floor, at - LONGEST_QUOTED);
  const opening = text.slice(begin, at - 1).lastIndexOf('"');
  return opening === -1 ? begin : begin + opening;
}

function urlsIn(text: string): readonly Span[] {
  const spans: Span[] = [];
  let found = text.indexOf("://");
  while (found !== -1) {
    const begin = found + 3;
    const path = indexOfClass(text, begin, AROUND_AUTHORITY);
    const user = text.slice(begin, path).lastIndexOf("@");
    if (user > 0) spans.push({ start: begin, end: begin + user, kind: "url-userinfo" });
    const end = indexOfClass(text, path, AROUND_URL);
    const query = text.slice(path, end).search(/[?#]/);
    const start = path + query + 1;
    if (query !== -1 && start < end) spans.push({ start, end, kind: "url-query" });
    // A URL within the query of another is found with it.
    found = text.indexOf("://", end);
  }
  return spans;
}

/** Of a path without a scheme: what follows `?` or `#` and has a `=`. */
function queriesIn(text: string): readonly Span[] {
  const spans: Span[] = [];
  let begin = indexOfClass(text, 0, /[?#]/);
  while (begin < text.length) {
    const end = indexOfClass(text, begin, AROUND_URL);
    const isQuery = text.slice(begin, end).includes("=");
    if (isQuery) spans.push({ start: begin + 1, end, kind: "url-query" });
    begin = indexOfClass(text, Math.max(end, begin + 1), /[?#]/);
  }
  return spans;
}
