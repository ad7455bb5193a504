import type { PolicyEntry, PolicyNode } from "../1-load/policy-document.js";
import { toPlain } from "../2-validate/to-plain.js";
import type { SourceSpan } from "../diagnostics/diagnostic.js";
import type { Report } from "./mistake.js";
import type { StaticTokenModel } from "./authentication-model.js";
import type { KeyPlace } from "./policy-model.js";
import { quoteText } from "./quote-text.js";
import type { PlaceReading } from "./read-key-place.js";
import { entriesOf, textOf, valueAt } from "./read-node.js";
import { byName } from "./sort-names.js";

/** 256 bits in base64url, in their one spelling (RFC 4648, section 3.5). */
const DIGEST = /^hmac-sha256:([\w-]{42}[AEIMQUYcgkosw048])$/;

/** RFC 3339, in UTC: a day, or a second of it. */
const MOMENT = /^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?$/;

/** The runtime reads them as it reads the claims of a token. */
const MAX_DEPTH = 8;

/** The tokens of an allow list, by name; never a token, only its digest. */
export function resolveAllowList(
  { value }: PolicyEntry,
  report: Report,
): readonly StaticTokenModel[] {
  const byDigest = new Map<string, StaticTokenModel>();
  const tokens = entriesOf(valueAt(value, "tokens")).flatMap((entry) =>
    resolveToken(entry, report),
  );
  for (const token of tokens) {
    const earlier = byDigest.get(token.digest);
    if (earlier === undefined) byDigest.set(token.digest, token);
    else {
      report({
        code: "bad-static-token",
        message: `${quoteText(token.name)} and ${quoteText(earlier.name)} have one digest`,
        at: token.at,
        help: "make a token for each: they could not be told apart",
        related: [{ message: "first named here", at: earlier.at }],
      });
    }
  }
  return tokens.toSorted(byName);
}

/** A source of a secret, or undefined after a report. */
export function reportKeyReading(
  reading: PlaceReading,
  at: SourceSpan,
  report: Report,
): KeyPlace | undefined {
  if (reading.ok) return reading.keys;
  report({ code: reading.code, message: reading.message, at, help: reading.help });
  return undefined;
}

function resolveToken(entry: PolicyEntry, report: Report): readonly StaticTokenModel[] {
  const { key: name, keyAt: at, value } = entry;
  const claims = valueAt(value, "claims");
  const digest = resolveDigest(valueAt(value, "digest"), at, report);
  const expiresAt = resolveExpiry(valueAt(value, "expires"), report);
  if (claims?.kind !== "map" || depthOf(claims) > MAX_DEPTH) {
    report({
      code: "bad-static-token",
      message: `the claims of ${quoteText(name)} are no map, or nest more than ${MAX_DEPTH} deep`,
      at: claims?.at ?? at,
      help: "write what the token stands for, like `claims: { sub: ci-bot, roles: [deployer] }`",
    });
    return [];
  }
  if (digest === undefined) return [];
  return [{ name, at, digest, claims: JSON.stringify(toPlain(claims)), expiresAt }];
}

/** What is no digest may be the token itself: no message repeats it. */
function resolveDigest(
  node: PolicyNode | undefined,
  at: SourceSpan,
  report: Report,
): string | undefined {
  const digest = DIGEST.exec(textOf(node) ?? "")?.[1];
  // Where there is none at all, the shape of the entry says so.
  if (digest !== undefined || node === undefined) return digest;
  report({
    code: "literal-secret",
    message: "this should be `hmac-sha256:` and a digest, and may be a secret",
    at: node?.at ?? at,
    help: "make a token and its digest with `createStaticToken`; if this was a token, it must go",
  });
  return undefined;
}

function resolveExpiry(node: PolicyNode | undefined, report: Report): number | undefined {
  if (node === undefined) return undefined;
  const text = textOf(node) ?? "";
  const moment = MOMENT.test(text) ? Date.parse(text) : Number.NaN;
  // A day that no month has is moved to the next by some engines.
  if (moment >= 0 && new Date(moment).toISOString().startsWith(text.slice(0, 10))) return moment;
  report({
    code: "bad-static-token",
    message: "`expires` is neither a day nor a second of one, in UTC",
    at: node.at,
    help: "write it like `2030-01-31` or `2030-01-31T18:00:00Z`",
  });
  return 0;
}

function depthOf(node: PolicyNode): number {
  if (node.kind === "scalar") return 0;
  const inner = node.kind === "list" ? node.items : node.entries.map(({ value }) => value);
  return 1 + Math.max(0, ...inner.map(depthOf));
}
