import { STATUS_CODES } from "node:http";
import type { RequestContext } from "../request-context.js";
import { kindOf } from "./headers.js";
import { decodeBody, parseBody, UnmaskableError } from "./read-body.js";

/** What is to be sent of a body, given whole. */
export interface BodyMask {
  readonly context: RequestContext;
  readonly contentType: unknown;
  readonly contentEncoding: unknown;
  readonly status: number;
  /** In bytes, of the body before and after it is decoded. */
  readonly limit: number;
  /** The JSON text of a document, masked. */
  readonly write: (document: unknown) => string;
  /** The JSON text of one line, masked. */
  readonly writeLine: (document: unknown) => string;
}

/** @throws UnmaskableError for what nobody may see, as it cannot be masked */
export function maskBody(body: Uint8Array, mask: BodyMask): Buffer {
  const kind = kindOf(mask.contentType);
  if (kind === undefined) throw new UnmaskableError("content-type");
  const decoded = decodeBody(body, mask.contentEncoding, mask.limit);
  if (kind === "lines") return maskLines(Buffer.from(decoded), mask.writeLine);
  const document = parseBody(decoded);
  const text = kind === "problem" ? problemText(document, mask) : mask.write(document);
  return Buffer.from(text);
}

const NEWLINE = 10;

/** Line by line; empty lines are left out. A byte of 10 is a newline in UTF-8 wherever it stands. */
export function maskLines(lines: Buffer, write: (document: unknown) => string): Buffer {
  let text = "";
  for (let from = 0; from < lines.length; ) {
    const found = lines.indexOf(NEWLINE, from);
    const to = found === -1 ? lines.length : found;
    const line = lines.subarray(from, to);
    if (line.some((byte) => byte !== 13 && byte !== 32)) text += `${write(parseBody(line))}\n`;
    from = to + 1;
  }
  return Buffer.from(text);
}

/** Where the last line ends that is whole; 0 where none is. */
export function endOfLines(bytes: Buffer): number {
  return bytes.lastIndexOf(NEWLINE) + 1;
}

/** A type that is a URI and names nobody: without query, fragment, user or escapes. */
const PLAIN_TYPE = /^[a-z][a-z0-9+.-]*:[a-z0-9./:_-]{1,200}$/i;

/**
 * A problem (RFC 9457) of the gate is sent as it is: its sentences are fixed. Of any other, type and status are; what
 * else applications write into a problem, the title too, may say anything of anybody.
 */
function problemText(document: unknown, { context, status }: BodyMask): string {
  const { type, title, detail, instance } = Object(document) as Readonly<Record<string, unknown>>;
  const { base } = context.policy.snapshot.source.problems;
  const isOwn = instance === `urn:uuid:${context.id}` && String(type).startsWith(base);
  if (isOwn) return JSON.stringify({ type, title, status, detail, instance });
  return JSON.stringify({
    type: typeof type === "string" && PLAIN_TYPE.test(type) ? type : "about:blank",
    title: STATUS_CODES[status] ?? "Error",
    status,
  });
}
