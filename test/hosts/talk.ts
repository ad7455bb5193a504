import { connect } from "node:net";
import type { Socket } from "node:net";

/** A connection on which bytes are written as they are. */
export interface Talk {
  readonly socket: Socket;
  /** What came so far. */
  received(): string;
  send(bytes: string): void;
  /** Waits until the text came, or the connection ended. */
  until(text: string): Promise<string>;
  /** Waits until the server closed the connection. */
  ended(): Promise<string>;
}

export function talkTo(port: number): Talk {
  let received = "";
  const socket = connect(port, "127.0.0.1");
  socket.setEncoding("latin1");
  socket.on("data", (chunk: string) => {
    received += chunk;
  });
  socket.on("error", () => undefined);
  const until = (isThere: () => boolean) =>
    new Promise<string>((resolve) => {
      const look = () => {
        if (!isThere() && !socket.closed) return;
        socket.off("data", look).off("close", look);
        resolve(received);
      };
      socket.on("data", look).on("close", look);
      look();
    });
  return {
    socket,
    received: () => received,
    send: (bytes) => {
      socket.write(bytes, "latin1");
    },
    until: (text) => until(() => received.includes(text)),
    ended: () => until(() => false),
  };
}

/** The bytes of a request without a body. */
export function requestBytes(line: string, headers: Readonly<Record<string, string>> = {}): string {
  const lines = Object.entries({ Host: "localhost", ...headers });
  return `${line} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
}

/** The statuses of all answers in the order of their coming. */
export function statusesIn(received: string): readonly number[] {
  return [...received.matchAll(/HTTP\/1\.1 ([0-9]{3})/g)].map(([, status]) => Number(status));
}
