import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { RequestRecord } from "@gatewright/runtime";
import { chain } from "@gatewright/runtime";
import { createPolicyGate } from "@gatewright/runtime/abi";
import { routeGuard } from "@gatewright/runtime/abi/guards";
import { keys } from "@gatewright/runtime/abi/keys";
import { hosts } from "../agreement/load-hosts.js";
import type { LoosePolicy } from "../agreement/loose-policy.js";
import type { LooseGate } from "../agreement/serve-gate.js";
import { snapshotWith, tokens } from "../gate/gate-policy.js";
import { createHostApp } from "./host-apps/create-host-app.js";
import { hostNames } from "./host-apps/host-app.js";
import type { Handler, HostName } from "./host-apps/host-app.js";

/** How the policy stands before the handlers. */
export const sites = ["mount", "gate", "chain"] as const;
export type Site = (typeof sites)[number];

/** Every host with every way to mount. */
export const places: readonly (readonly [HostName, Site])[] = hostNames.flatMap((host) =>
  sites.map((site) => [host, site] as const),
);

const snapshot = snapshotWith(`
routes:
  /open: { GET: public, POST: public }
  /orders: { GET: orders.read, POST: orders.write }
  /both: { GET: orders.read, HEAD: orders.write }
  /asked: { GET: orders.read, OPTIONS: public }
`);

export const routeIds: readonly string[] = snapshot.routes.map(({ id }) => id);

export type HostHandler = (request: IncomingMessage, response: ServerResponse) => unknown;

export interface HostOptions {
  readonly host: HostName;
  readonly site: Site;
  /** By route id; the others answer 200 with the id of their route. */
  readonly handlers?: Readonly<Record<string, HostHandler>>;
  /** Stands before everything. */
  readonly before?: Handler;
}

export interface ServedHost {
  readonly port: number;
  readonly gate: LooseGate;
  /** What the gate reported through `onError`. */
  readonly errors: readonly unknown[];
  /** Waits until there are so many records, and returns all that there are. */
  records(count: number): Promise<readonly RequestRecord[]>;
  stop(): Promise<readonly RequestRecord[]>;
}

export const clerk = await tokens.authorize(["clerk"]);
export const chief = await tokens.authorize(["chief"]);

/** A small application of a host behind a gate, on a server. */
export async function serveHost(options: HostOptions): Promise<ServedHost> {
  const { host, site, handlers = {}, before } = options;
  const cwd = await mkdtemp(join(tmpdir(), "gatewright-"));
  const errors: unknown[] = [];
  const gate = createPolicyGate<LoosePolicy>(
    snapshot,
    { hosts, keys },
    { environment: tokens.environment, cwd, onError: (error) => errors.push(error) },
  );
  const app = createHostApp(host, { caseSensitive: false, strict: false, style: 0 });
  if (before !== undefined) app.use(before);
  const routes = snapshot.routes.map(({ id, pattern }) => {
    const handler: HostHandler =
      handlers[id] ?? ((_, response) => response.setHeader("X-Ran", id).end(id));
    return {
      id,
      method: id.slice(0, id.indexOf(" ")),
      segments: pattern.slice(1).split("/"),
      handler,
    };
  });
  if (site === "mount") {
    app.use(
      gate.mount(Object.fromEntries(routes.map(({ id, handler }) => [id, handler]))) as Handler,
    );
  } else {
    if (site === "gate") app.use(gate as Handler);
    const stages = [gate.open, gate.target, gate.authenticate] as const;
    const guarded = ({ id, handler }: (typeof routes)[number]) => {
      const guard = routeGuard<LoosePolicy, string>(id);
      return chain<LoosePolicy, string>(stages, guard, handler) as Handler;
    };
    for (const segment of new Set(routes.map(({ segments }) => segments.join("/")))) {
      const same = routes.filter(({ segments }) => segments.join("/") === segment);
      app.route(
        same.map((route) => ({
          method: route.method,
          segments: route.segments,
          handlers: [site === "gate" ? (route.handler as Handler) : guarded(route)],
        })),
      );
    }
    app.use(gate.close() as Handler);
  }
  const server = createServer(app.listener);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const read = async (): Promise<readonly RequestRecord[]> => {
    const text = await readFile(join(cwd, snapshot.audit.sink.path), "utf8");
    const lines = text.split("\n").filter((line) => line !== "");
    return lines.map((line) => JSON.parse(line));
  };
  return {
    port: (server.address() as AddressInfo).port,
    gate,
    errors,
    async records(count) {
      let found = await read();
      for (let turn = 0; turn < 500 && found.length < count; turn += 1) {
        await wait(10);
        found = await read();
      }
      return found;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await gate.shutdown();
      const found = await read();
      await rm(cwd, { recursive: true });
      return found;
    },
  };
}
