import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";

/** A Redis server for tests; undefined where there is none, which is said, and a failure in CI. */
export async function openRedis(): Promise<RedisServer | undefined> {
  if (await answers(USUAL_PORT)) return { port: USUAL_PORT, close: async () => {} };
  const started = await startRedis();
  if (started !== undefined) return started;
  const message = "no Redis at 127.0.0.1:6379, and no `redis-server` to start";
  if (process.env["CI"] === "true") throw new Error(message);
  console.warn(`${message}: its tests are skipped`);
  return undefined;
}

export interface RedisServer {
  readonly port: number;
  /** Stops the server if it was started here. */
  close(): Promise<void>;
}

const USUAL_PORT = 6379;

/** A server of this test's own, in memory; undefined where the program is missing. */
export async function startRedis(): Promise<RedisServer | undefined> {
  const port = await findPort();
  const options = [
    "--port",
    String(port),
    "--bind",
    "127.0.0.1",
    "--save",
    "",
    "--appendonly",
    "no",
  ];
  const server = spawn("redis-server", options, { stdio: "ignore" });
  const failed = once(server, "error").then(() => true);
  for (let tries = 0; tries < 100; tries += 1) {
    if (await answers(port)) {
      return {
        port,
        close: async () => {
          const exited = once(server, "exit");
          server.kill("SIGKILL");
          await exited;
        },
      };
    }
    const isOver = await Promise.race([failed, pause()]);
    if (isOver) return undefined;
  }
  server.kill("SIGKILL");
  return undefined;
}

async function findPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("PING\r\n"));
    socket.setTimeout(1000, () => socket.destroy());
    socket.on("data", (data) => {
      resolve(data.toString().startsWith("+PONG"));
      socket.destroy();
    });
    socket.on("error", () => resolve(false));
    socket.on("close", () => resolve(false));
  });
}

function pause(): Promise<false> {
  return new Promise((resolve) => {
    setTimeout(resolve, 50, false);
  });
}
