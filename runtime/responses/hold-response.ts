import { STATUS_CODES } from "node:http";
import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import { GateError } from "../gate-error.js";
import { refuse } from "../problem.js";
import type { RequestContext } from "../request-context.js";
import {
  answerConditions,
  dropRawHeaders,
  hideConditions,
  keepFromCaches,
  kindOf,
  tagOf,
} from "./headers.js";
import { endOfLines, maskBody, maskLines } from "./mask-body.js";
import { UnmaskableError } from "./read-body.js";
import type { UnmaskableWord } from "./read-body.js";

export interface Egress {
  /** In bytes. */
  readonly limit: number;
  /** Whether all callers see one form, which caches may share. */
  readonly hasOneForm: boolean;
  readonly write: (document: unknown) => string;
  readonly writeLine: (document: unknown) => string;
  /** Called once nothing more is masked. */
  readonly onDone: () => void;
}

type Callback = (error?: Error | null) => void;
type Chunk = string | Uint8Array;

/**
 * `holding`: nothing was sent. `streaming`: the head was, and lines are as they come. `done`: no handler can add to what
 * is sent.
 */
type Phase = "holding" | "streaming" | "done";

/** From here on nothing that a handler writes leaves before it is masked. */
export function holdResponse(
  context: RequestContext,
  response: ServerResponse,
  egress: Egress,
): void {
  const conditions = hideConditions(response.req);
  const before = Object.entries(response.getHeaders());
  const native = nativeOf(response);
  // What a handler hears of what it wrote is told once, and by the response itself.
  const own = new WeakSet<object>();
  let phase: Phase = "holding";
  let hasBegun = false;
  let hasFailed = false;
  let isInside = false;
  let held: Buffer[] = [];
  let size = 0;

  /** Calls of the response's own methods to one another are not those of a handler. */
  const natively = <Result>(call: () => Result): Result => {
    const wasInside = isInside;
    isInside = true;
    try {
      return call();
    } finally {
      isInside = wasInside;
    }
  };

  const send = (bytes: Buffer, callback?: Callback) => {
    own.add(bytes);
    natively(() => native.end(bytes, callback));
  };

  const fail = (word: UnmaskableWord, callback?: Callback) => {
    phase = "done";
    hasFailed = true;
    held = [];
    egress.onDone();
    context.decision = { ...context.decision, cause: `response:${word}` };
    tell(context, word);
    natively(() => {
      if (native.areHeadersSent()) response.destroy();
      else {
        for (const name of response.getHeaderNames()) response.removeHeader(name);
        for (const [name, value] of before)
          if (value !== undefined) response.setHeader(name, value);
        setStatus(response, 500);
        const detail = "the response was not sent, since it could not be masked";
        refuse(context, response, { code: "internal-error", detail, keepsDecision: true });
      }
    });
    if (callback) process.nextTick(callback);
  };

  /** Runs a step that sends something; what it throws ends in a refusal. */
  const guarded = (step: () => void, callback?: Callback) => {
    try {
      step();
    } catch (error) {
      fail(error instanceof UnmaskableError ? error.word : "unreadable", callback);
    }
  };

  const setHead = (contentType: unknown) => {
    dropRawHeaders(response);
    if (typeof contentType === "string") {
      const [essence = ""] = contentType.split(";");
      const charset = contentType.includes(";") ? "; charset=utf-8" : "";
      response.setHeader("Content-Type", `${essence.trim().toLowerCase()}${charset}`);
    } else response.removeHeader("Content-Type");
    if (!egress.hasOneForm) keepFromCaches(response);
  };

  const finish = (callback?: Callback) => {
    guarded(() => {
      const status = response.statusCode;
      if (status === 206) throw new UnmaskableError("partial");
      const contentType = response.getHeader("Content-Type");
      const contentEncoding = response.getHeader("Content-Encoding");
      const { limit, write, writeLine } = egress;
      const raw = Buffer.concat(held);
      const isEmpty = raw.length === 0 || status === 204 || status === 205 || status === 304;
      const body = isEmpty
        ? Buffer.alloc(0)
        : maskBody(raw, { context, contentType, contentEncoding, status, limit, write, writeLine });
      const isTagged = response.hasHeader("ETag") && body.length > 0;
      held = [];
      setHead(kindOf(contentType) === undefined ? undefined : contentType);
      if (response.hasHeader("Transfer-Encoding")) response.removeHeader("Transfer-Encoding");
      const tag = tagOf(body);
      const instead = isTagged && status === 200 ? answerConditions(conditions, tag) : undefined;
      if (isTagged) response.setHeader("ETag", tag);
      const isBodiless = isEmpty || instead !== undefined;
      if (isBodiless) response.removeHeader("Content-Type");
      // Of a HEAD whose handler wrote nothing, nobody knows how long the body would be.
      const hasLength =
        !isBodiless || (status !== 204 && status !== 304 && response.req.method !== "HEAD");
      if (hasLength && instead !== 304) {
        response.setHeader("Content-Length", isBodiless ? 0 : body.length);
      }
      setStatus(response, instead ?? status);
      phase = "done";
      egress.onDone();
      natively(() => native.writeHead(response.statusCode));
      if (isBodiless) natively(() => native.end(undefined, callback));
      else send(body, callback);
    }, callback);
  };

  /** Sends the lines that are whole; the rest waits. */
  const sendLines = (isEnd: boolean, callback?: Callback) => {
    const bytes = Buffer.concat(held);
    const end = isEnd ? bytes.length : endOfLines(bytes);
    const rest = bytes.subarray(end);
    const lines = maskLines(bytes.subarray(0, end), egress.writeLine);
    held = rest.length === 0 ? [] : [rest];
    size = rest.length;
    if (phase === "holding" && (lines.length > 0 || isEnd)) {
      setHead(response.getHeader("Content-Type"));
      setStatus(response, response.statusCode);
      phase = "streaming";
      natively(() => native.writeHead(response.statusCode));
    }
    if (lines.length === 0) {
      if (callback) process.nextTick(callback);
      return true;
    }
    return natively(() => native.write(lines, callback));
  };

  const isStreamed = () =>
    phase === "streaming" ||
    (kindOf(response.getHeader("Content-Type")) === "lines" &&
      !response.hasHeader("Content-Encoding") &&
      response.statusCode !== 206);

  const keep = (chunk: Chunk, encoding: BufferEncoding | undefined) => {
    const bytes = bytesOf(chunk, encoding);
    hasBegun = true;
    size += bytes.length;
    held.push(bytes);
  };

  const write = (chunk: Chunk, ...rest: readonly unknown[]): boolean => {
    if (isInside || own.has(Object(chunk))) return native.write(chunk, ...rest);
    const callback = rest.find(isCallback);
    if (phase === "done") {
      if (callback) process.nextTick(callback, hasFailed ? undefined : afterEnd());
      return hasFailed;
    }
    keep(chunk, rest.find(isEncoding));
    if (!isStreamed() || size > egress.limit) {
      if (size > egress.limit) fail("size", callback);
      else if (callback) process.nextTick(callback);
      return true;
    }
    let isReady = true;
    guarded(() => {
      isReady = sendLines(false, callback);
    }, callback);
    return isReady;
  };

  const end = (...given: readonly unknown[]): ServerResponse => {
    const [chunk] = given;
    if (isInside || own.has(Object(chunk))) {
      native.end(...given);
      return response;
    }
    const callback = given.find(isCallback);
    if (phase === "done") {
      if (callback) process.nextTick(callback, hasFailed ? undefined : afterEnd());
      return response;
    }
    if (chunk !== undefined && chunk !== null && typeof chunk !== "function") {
      keep(chunk as Chunk, given.slice(1).find(isEncoding));
    }
    hasBegun = true;
    if (size > egress.limit) fail("size", callback);
    else if (isStreamed() && (phase === "streaming" || size > 0)) {
      guarded(() => {
        sendLines(true);
        phase = "done";
        egress.onDone();
        natively(() => native.end(undefined, callback));
      }, callback);
    } else finish(callback);
    return response;
  };

  const writeHead = (status: number, ...rest: readonly unknown[]): ServerResponse => {
    if (isInside) native.writeHead(status, ...rest);
    // An outer handler that ends later needs a head; what it says of it was said.
    else if (phase !== "holding") native.writeHead(response.statusCode);
    else {
      response.statusCode = status;
      setHeaders(
        response,
        rest.find((one) => typeof one === "object" && one !== null),
      );
      hasBegun = true;
    }
    return response;
  };

  const isGone = () =>
    response.destroyed || Object(Reflect.get(response, "stream")).destroyed === true;
  const replaced: Readonly<Record<string, unknown>> = {
    write,
    end,
    writeHead,
    flushHeaders: () => {
      hasBegun = true;
    },
    // Nothing of a response that is masked leaves outside of its body.
    addTrailers: () => undefined,
    setTrailer: () => undefined,
    writeEarlyHints: (_: unknown, callback?: Callback) => callback?.(),
    createPushResponse: (_: unknown, callback?: Callback) =>
      callback?.(new GateError("internal-error", "a masked response pushes no other")),
  };
  for (const [name, value] of Object.entries(replaced)) {
    Object.defineProperty(response, name, { value, configurable: true, writable: true });
  }
  Object.defineProperty(response, "headersSent", {
    get: () => (phase === "holding" && hasBegun && !isGone()) || native.areHeadersSent(),
    configurable: true,
  });
}

/** What the response did before, with what handlers before the gate made of it. */
function nativeOf(response: ServerResponse) {
  type Method = (...given: readonly unknown[]) => unknown;
  const bound = (name: "write" | "end" | "writeHead") => (response[name] as Method).bind(response);
  const writeChunk = bound("write");
  const parent: object = Object.getPrototypeOf(response);
  return {
    write: (...given: readonly unknown[]) => writeChunk(...given) !== false,
    end: bound("end"),
    writeHead: bound("writeHead"),
    areHeadersSent: () => Reflect.get(parent, "headersSent", response) === true,
  };
}

/** With the phrase of the standard, as HTTP/1 has one: a handler's own can hold anything. */
function setStatus(response: ServerResponse, status: number): void {
  response.statusCode = status;
  if (response.req.httpVersionMajor < 2) response.statusMessage = STATUS_CODES[status] ?? "";
}

/** As `writeHead` takes them: a map, pairs, or names and values in turn. */
function setHeaders(response: ServerResponse, headers: unknown): void {
  if (!Array.isArray(headers)) {
    for (const [name, value] of Object.entries((headers ?? {}) as OutgoingHttpHeaders)) {
      if (value !== undefined) response.setHeader(name, value);
    }
    return;
  }
  const flat: readonly unknown[] = headers.flat();
  const values = new Map<string, string[]>();
  for (let index = 0; index + 1 < flat.length; index += 2) {
    const name = String(flat[index]).toLowerCase();
    values.set(name, [...(values.get(name) ?? []), String(flat[index + 1])]);
  }
  for (const [name, [only = "", ...others]] of values) {
    response.setHeader(name, others.length === 0 ? only : [only, ...others]);
  }
}

function bytesOf(chunk: unknown, encoding: BufferEncoding | undefined): Buffer {
  if (typeof chunk === "string") return Buffer.from(chunk, encoding);
  // A copy: a handler may use its buffer again.
  if (chunk instanceof Uint8Array) return Buffer.from(chunk);
  throw new TypeError("a chunk of a response is a string, a Buffer or a Uint8Array");
}

function isCallback(value: unknown): value is Callback {
  return typeof value === "function";
}

function isEncoding(value: unknown): value is BufferEncoding {
  return typeof value === "string" && Buffer.isEncoding(value);
}

function afterEnd(): Error {
  return Object.assign(new Error("write after end"), { code: "ERR_STREAM_WRITE_AFTER_END" });
}

const reasons: Readonly<Record<UnmaskableWord, string>> = {
  "content-type": "it is not of a type that can be masked",
  encoding: "its content encoding cannot be undone",
  invalid: "it is not well-formed",
  partial: "it is a part of a whole",
  size: "it is too large",
  unreadable: "it could not be read",
};

function tell(context: RequestContext, word: UnmaskableWord): void {
  const route = context.policy.snapshot.source.routes[context.located?.route ?? -1]?.id ?? "";
  const message = `the response of \`${route}\` was not sent: ${reasons[word]}`;
  try {
    context.onError(new GateError("internal-error", message));
  } catch {
    // Whoever hears of it must not keep the refusal from being sent.
  }
}
