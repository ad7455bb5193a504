import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Posted {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface HttpReceiver {
  readonly url: string;
  readonly posted: readonly Posted[];
  close(): Promise<void>;
}

/** How a receiver misbehaves; true where it took the answer into its own hands. */
export type Fault = (request: IncomingMessage, response: ServerResponse, posted: Posted) => boolean;

export interface ReceiverOptions {
  /** Keeps what was posted, or throws where it has not the form of the protocol. */
  readonly keep: (posted: Posted) => void;
  readonly answer: (response: ServerResponse) => void;
  /** Before anything is kept, and after. */
  readonly before?: Fault | undefined;
  readonly after?: Fault | undefined;
}

/** A server that takes posts; what has not the form of its protocol is answered with 418 and kept apart. */
export async function startReceiver(options: ReceiverOptions): Promise<HttpReceiver> {
  const { keep, answer, before, after } = options;
  const posted: Posted[] = [];
  const faults: unknown[] = [];
  const server = createServer(async (request, response) => {
    response.on("error", () => undefined);
    const body = await readBody(request).catch(() => undefined);
    if (body === undefined) return;
    const one = { path: request.url ?? "", headers: request.headers, body };
    posted.push(one);
    if (before?.(request, response, one)) return;
    try {
      if (request.method !== "POST") throw new Error("it is no POST");
      keep(one);
    } catch (error) {
      faults.push(error);
      response.writeHead(418).end();
      return;
    }
    if (!after?.(request, response, one)) answer(response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    posted,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
      if (faults.length > 0) throw faults[0];
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
