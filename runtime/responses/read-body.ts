import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from "node:zlib";

/** Why a body is not sent: a closed word for the record, and what it means for whoever reads the log. */
export class UnmaskableError extends Error {
  readonly word: UnmaskableWord;

  constructor(word: UnmaskableWord) {
    super(word);
    this.name = "UnmaskableError";
    this.word = word;
  }
}

export type UnmaskableWord =
  | "content-type"
  | "encoding"
  | "invalid"
  | "partial"
  | "size"
  | "unreadable";

const MAX_ENCODINGS = 3;

/** The body as it was before what `Content-Encoding` names, the last first. Never more than `limit` bytes. */
export function decodeBody(body: Uint8Array, header: unknown, limit: number): Uint8Array {
  const encodings = String(header ?? "")
    .toLowerCase()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && name !== "identity");
  if (encodings.length > MAX_ENCODINGS) throw new UnmaskableError("encoding");
  let decoded = body;
  for (const name of encodings.toReversed()) decoded = decodeOne(decoded, name, limit);
  return decoded;
}

function decodeOne(body: Uint8Array, encoding: string, maxOutputLength: number): Uint8Array {
  try {
    if (encoding === "gzip" || encoding === "x-gzip") return gunzipSync(body, { maxOutputLength });
    if (encoding === "br") return brotliDecompressSync(body, { maxOutputLength });
    if (encoding === "deflate") {
      // Some send it without the header of zlib, whose first byte says `8` in its lower half.
      const isWrapped = ((body[0] ?? 0) & 15) === 8;
      return (isWrapped ? inflateSync : inflateRawSync)(body, { maxOutputLength });
    }
  } catch (error) {
    const isLarge = Object(error).code === "ERR_BUFFER_TOO_LARGE";
    throw new UnmaskableError(isLarge ? "size" : "encoding");
  }
  throw new UnmaskableError("encoding");
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Of a name that stands twice, the last one counts, and what is sent is written anew: it stands there once. */
export function parseBody(body: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(body));
  } catch {
    // What the parser says holds a part of the body.
    throw new UnmaskableError("invalid");
  }
}
