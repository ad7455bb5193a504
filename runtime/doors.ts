import { IncomingMessage, ServerResponse } from "node:http";
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

/** Answers and records bytes that are no message; a connection that is merely lost is none. */
export function answerUnreadable(
  state: GateState,
  error: NodeJS.ErrnoException,
  socket: Socket,
): void {
  const code = unreadable(error.code);
  if (code === undefined) {
    socket.destroy();
    return;
  }
  const request = new IncomingMessage(socket);
  const response = answerOn(request, socket);
  const context = state.log.open(request, response, { policy: state.policy, door: "unread" });
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
