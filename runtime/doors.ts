import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { IncomingMessage, ServerResponse } from "node:http";
import type { Server } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { ProblemCode } from "./gate-error.js";
import { refuse } from "./problem.js";
import { enter } from "./stages.js";
import type { GateState } from "./stages.js";

/** Answers CONNECT. Over HTTP/2 the second argument is a response, and there is no socket to answer on. */
export function refuseConnect(
  state: GateState,
  request: IncomingMessage,
  door: Duplex | ServerResponse,
): void {
  const response = door instanceof Socket ? answerOn(request, door) : (door as ServerResponse);
  const context = enter(state, request, response);
  if (context === undefined) return;
  refuse(context, response, { code: "invalid-target", detail: "CONNECT is served to nobody" });
}

/** The last message that came in on a connection. */
const latest = new WeakMap<object, Started>();

/** Node's channel of every request that it has read, also of those that it hands to no listener. */
const REQUEST_STARTED = "http.server.request.start";

/** Records what Node refuses before any listener hears of it, and keeps what `answerUnreadable` needs. */
export function watchRequests(state: GateState, server: Server): void {
  const watch = (message: unknown) => {
    const started = message as Started;
    if (started.server !== server) return;
    latest.set(started.request.socket, started);
    const cause = refusedByNode(started.request, server);
    if (cause !== undefined) recordRefused(state, started, { reason: "malformed-message", cause });
  };
  subscribe(REQUEST_STARTED, watch);
  server.once("close", () => unsubscribe(REQUEST_STARTED, watch));
  // One request more on a connection than `server.maxRequestsPerSocket`, which Node answers with 503.
  server.on("dropRequest", (_, socket) => {
    const started = latest.get(socket);
    const refusal = { reason: "unavailable", cause: "connection-limit" } as const;
    if (started !== undefined) recordRefused(state, started, refusal);
  });
}

function recordRefused(
  state: GateState,
  { request, response }: Started,
  refusal: { readonly reason: ProblemCode; readonly cause: string },
): void {
  const context = state.log.open(request, response, state, "http");
  context.decision = { outcome: "deny", ...refusal };
}

/** What Node's documentation says of the channel's messages. */
interface Started {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly server: unknown;
}

/** The two requests that Node answers by itself: without a `Host` (RFC 9112, section 3.2), with an unknown `Expect`. */
function refusedByNode(request: IncomingMessage, server: Server): string | undefined {
  const { headers, httpVersion } = request;
  if (httpVersion !== "1.1") return undefined;
  const { requireHostHeader = true } = server as { readonly requireHostHeader?: boolean };
  if (requireHostHeader && headers.host === undefined) return "no-host";
  const isExpected = headers.expect === undefined || CONTINUE.test(headers.expect);
  return isExpected || server.listenerCount("checkExpectation") > 0 ? undefined : "expectation";
}

const CONTINUE = /100-continue/i;

/** Answers and records bytes that are no message; a connection that is merely lost is none. */
export function answerUnreadable(
  state: GateState,
  error: NodeJS.ErrnoException,
  socket: Socket,
): void {
  const code = unreadable(error.code);
  // Broken bytes of a body belong to a request that has its record.
  if (code === undefined || latest.get(socket)?.request.complete === false) {
    socket.destroy();
    return;
  }
  const request = new IncomingMessage(socket);
  const response = answerOn(request, socket);
  const context = state.log.open(request, response, state, "unread");
  refuse(context, response, { code, detail: "the bytes received are no HTTP request" });
}

/**
 * A response on a socket that left its server; the socket ends with it. Where an earlier response is still
 * being sent, an answer would be taken for that one, so the connection is cut.
 */
export function answerOn(request: IncomingMessage, socket: Socket): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  // Without a listener the error of a client that left would end the process.
  socket.on("error", () => socket.destroy());
  socket.once("close", () => response.emit("close"));
  try {
    response.assignSocket(socket);
  } catch {
    socket.destroy();
  }
  response.once("finish", () => socket.end(() => socket.destroy()));
  return response;
}

function unreadable(code: string | undefined): ProblemCode | undefined {
  if (code === "HPE_HEADER_OVERFLOW") return "headers-too-large";
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return "request-timeout";
  return code?.startsWith("HPE_") ? "malformed-message" : undefined;
}
