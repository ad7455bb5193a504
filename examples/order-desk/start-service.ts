import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Gate } from "@gatewright/runtime";
import { createGate } from "../../generated/index.js";
import type { Policy } from "../../generated/index.js";
import { createApp } from "./app.js";
import type { AppOptions } from "./app.js";
import { createOrderBook } from "./create-order-book.js";

export interface ServiceOptions {
  /** 0 for any free port. */
  readonly port: number;
  readonly host: string;
  /** Holds the keys of the policy: `ORDER_DESK_JWKS`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Folder of `audit/requests.jsonl`. */
  readonly cwd: string;
  readonly app?: Partial<AppOptions>;
}

export interface Service {
  readonly gate: Gate<Policy>;
  readonly port: number;
  readonly url: string;
  /** Takes no more requests, lets open ones end and writes every record; rejects where it could not. */
  stop(): Promise<void>;
}

/** Serves the order desk: no database and no cache, orders in memory and records in a file. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { host, environment, cwd, app = {} } = options;
  const { orders = createOrderBook(), onError = (error) => console.error(error) } = app;
  const gate = createGate({
    environment,
    cwd,
    onError,
    resources: { orders: (_request, { params }) => orders.find(Number(params["orderId"])) },
  });
  const server = createServer(createApp(gate, { ...app, orders, onError }));
  gate.attach(server);
  try {
    server.listen(options.port, host);
    await once(server, "listening");
  } catch (error) {
    await gate.shutdown();
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  return {
    gate,
    port,
    url: `http://${host}:${port}`,
    async stop() {
      const closed = once(server, "close");
      server.close();
      try {
        await gate.shutdown();
      } finally {
        server.closeAllConnections();
        await closed;
      }
    },
  };
}
