import { connect } from "node:net";
import type { Socket } from "node:net";

export interface RawRequest {
  readonly method: string;
  /** Written to the wire as it is, one octet per character. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RawResponse {
  readonly status: number;
  /** By name in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

const CONNECTIONS = 16;

/**
 * Sends requests over a few kept connections, unlike any HTTP client without a look at the target.
 * The answers come in the order of the requests.
 */
export async function sendAll(
  port: number,
  requests: readonly RawRequest[],
): Promise<readonly RawResponse[]> {
  const responses: RawResponse[] = [];
  let next = 0;
  const work = async () => {
    let socket: Socket | undefined;
    while (next < requests.length) {
      const index = next;
      next += 1;
      const request = requests[index];
      if (request === undefined) break;
      if (socket === undefined || socket.destroyed) socket = connect(port, "127.0.0.1");
      responses[index] = await exchange(socket, request);
    }
    socket?.destroy();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
  return responses;
}

function exchange(socket: Socket, request: RawRequest): Promise<RawResponse> {
  return new Promise((resolve, reject) => {
    let received = "";
    const finish = (response: RawResponse) => {
      socket.removeAllListeners();
      if (response.headers.get("connection") === "close") socket.destroy();
      resolve(response);
    };
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
      const response = parse(received, request.method, "open");
      if (response !== undefined) finish(response);
    });
    socket.on("error", reject);
    socket.on("close", () => {
      const response = parse(received, request.method, "closed");
      if (response === undefined) reject(new Error(`no answer to ${request.target}`));
      else finish(response);
    });
    socket.write(print(request), "latin1");
  });
}

function print({ method, target, headers = {} }: RawRequest): string {
  const lines = Object.entries({ Host: "localhost", "Content-Length": "0", ...headers });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return `${method} ${target} HTTP/1.1\r\n${head}\r\n`;
}

function parse(
  received: string,
  method: string,
  connection: "open" | "closed",
): RawResponse | undefined {
  const end = received.indexOf("\r\n\r\n");
  if (end === -1) return undefined;
  const [statusLine = "", ...lines] = received.slice(0, end).split("\r\n");
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const body = received.slice(end + 4);
  const status = Number(statusLine.split(" ")[1]);
  const length = headers.get("content-length");
  const isWhole =
    connection === "closed" ||
    method === "HEAD" ||
    status === 204 ||
    (length !== undefined && body.length >= Number(length));
  return isWhole ? { status, headers, body } : undefined;
}
