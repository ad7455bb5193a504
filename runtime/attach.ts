import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { GateError } from "./gate-error.js";
import type { OpenHosts } from "./gate-features.js";
import type { Lazy } from "./lazily.js";
import type { GateState } from "./stages.js";

/**
 * Takes the doors of a server that lead past its request handlers: CONNECT is refused, bytes that are no
 * message are answered and recorded, and what Node refuses by itself is recorded.
 *
 * @throws GateError `configuration-invalid` for a server that is attached already.
 */
export function attachServer(state: GateState, server: Server, hosts: Lazy<OpenHosts>): void {
  if (state.servers.has(server)) {
    throw new GateError("configuration-invalid", "the server is attached already");
  }
  state.servers.add(server);
  const cut = (door: Duplex | ServerResponse) => (error: unknown) => {
    state.onError(error);
    door.destroy();
  };
  hosts.use(({ watchRequests }) => watchRequests(server), state.onError);
  server.on("connect", (request: IncomingMessage, door: Duplex | ServerResponse) => {
    // Node took its own listener away, and an error without one would end the process.
    door.on("error", () => door.destroy());
    hosts.use(({ refuseConnect }) => refuseConnect(request, door), cut(door));
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    hosts.use(({ answerUnreadable }) => answerUnreadable(error, socket), cut(socket));
  });
}
