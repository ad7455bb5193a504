import type { IncomingMessage } from "node:http";
import { GateError } from "../gate-error.js";
import { readObject } from "../tokens/read-object.js";

/** In bytes: a token and a few words. */
const MAX_BODY_LENGTH = 16_384;

/**
 * The fields of a body: a form (RFC 6749, appendix B) or a JSON object. What a parser of the host has read
 * already is taken from it.
 *
 * @throws GateError `invalid-request` for another form, a field that is there twice (RFC 6749, section 3.2) or
 * is no text, and for a body that is too long
 */
export async function readFields(request: IncomingMessage): Promise<ReadonlyMap<string, string>> {
  const parsed: unknown = Reflect.get(request, "body");
  if (typeof parsed === "object" && parsed !== null) return fieldsOf(Object.entries(parsed));
  const text = await readText(request);
  if (text === "") return new Map();
  const type = /^[^;\s]*/.exec(request.headers["content-type"] ?? "")?.[0].toLowerCase();
  if (type === "application/x-www-form-urlencoded") return fieldsOf([...new URLSearchParams(text)]);
  const members = type === "application/json" ? readObject(text) : undefined;
  if (members === undefined) throw new GateError("invalid-request", "body");
  return fieldsOf(Object.entries(members));
}

function fieldsOf(entries: readonly (readonly [name: string, value: unknown])[]) {
  const fields = new Map<string, string>();
  for (const [name, value] of entries) {
    if (typeof value !== "string" || fields.has(name))
      throw new GateError("invalid-request", "body");
    fields.set(name, value);
  }
  return fields;
}

async function readText(request: IncomingMessage): Promise<string> {
  if (request.readableEnded) return "";
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > MAX_BODY_LENGTH) throw new GateError("invalid-request", "body");
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString();
}
