import { IncomingMessage, ServerResponse } from "node:http";
import type { Server } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { GateError } from "./gate-error.js";
import type { ProblemCode } from "./gate-error.js";
import { refuse } from "./problem.js";
import type { GateState } from "./stages.js";
import { enter } from "./stages.js";

/**
 * Takes the doors of a server that lead past its request handlers: CONNECT is refused, bytes that are no
 * message are answered and recorded.
 *
 * @throws GateError `configuration-invalid` for a server that is attached already.
 */
export function attachServer(state: GateState, server: Server): void {
  if (state.servers.has(server)) {
    throw new GateError("configuration-invalid", "the server is attached already");
  }
  state.servers.add(server);
  const latest = new WeakMap<object, IncomingMessage>();
  server.prependListener("request", (request) => latest.set(request.socket, request));
  // Over HTTP/2 the second argument is a response, and there is no socket to answer on.
  server.on("connect", (request: IncomingMessage, door: Duplex | ServerResponse) => {
    const response = door instanceof Socket ? answerOn(request, door) : (door as ServerResponse);
    const context = enter(state, request, response);
    if (context === undefined) return;
    refuse(context, response, { code: "invalid-target", detail: "CONNECT is served to nobody" });
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    const code = unreadable(error.code);
    // Broken bytes of a body belong to a request that has its record, and a lost connection is no message.
    if (code === undefined || latest.get(socket)?.complete === false) {
      socket.destroy();
      return;
    }
    const request = new IncomingMessage(socket);
    const response = answerOn(request, socket);
    const context = state.log.open(request, response, { policy: state.policy, door: "unread" });
    refuse(context, response, { code, detail: "the bytes received are no HTTP request" });
  });
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
