import { createServer } from "node:http";
import type { ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** An issuer's server of keys, on loopback. */
export interface KeyServer {
  readonly url: string;
  /** How often keys were asked for. */
  asked(): number;
  /** What it answers from now on: keys, or whatever a handler does. */
  answer(with_: readonly unknown[] | ((response: ServerResponse) => void)): void;
  stop(): Promise<void>;
}

export async function openKeyServer(...keys: readonly unknown[]): Promise<KeyServer> {
  let count = 0;
  let respond = publishing(keys);
  const server = createServer((_, response) => {
    count += 1;
    respond(response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`,
    asked: () => count,
    answer(with_) {
      respond = typeof with_ === "function" ? with_ : publishing(with_);
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function publishing(keys: readonly unknown[]): (response: ServerResponse) => void {
  return (response) => {
    response.setHeader("Content-Type", "application/jwk-set+json");
    response.end(JSON.stringify({ keys }));
  };
}
