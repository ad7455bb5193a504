import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface NatsServer {
  readonly port: number;
  /** Stops the server if it was started here. */
  close(): Promise<void>;
}

const USUAL_PORT = 4222;

/** A NATS server with JetStream; undefined where there is none, which is said, and a failure in CI. */
export async function openNats(): Promise<NatsServer | undefined> {
  if (await answers(USUAL_PORT)) return { port: USUAL_PORT, close: async () => {} };
  const started = await startNats();
  if (started !== undefined) return started;
  const message = "no NATS with JetStream at 127.0.0.1:4222, and no `nats-server` to start";
  if (process.env["CI"] === "true") throw new Error(message);
  console.warn(`${message}: its tests are skipped`);
  return undefined;
}

async function startNats(): Promise<NatsServer | undefined> {
  const folder = mkdtempSync(join(tmpdir(), "gatewright-nats-"));
  const port = await findPort();
  const options = ["-js", "-a", "127.0.0.1", "-p", String(port), "-sd", folder];
  const server = spawn("nats-server", options, { stdio: "ignore" });
  const ended = new Promise<true>((resolve) => {
    server.once("error", () => resolve(true));
    server.once("exit", () => resolve(true));
  });
  const close = async () => {
    server.kill("SIGKILL");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  for (let tries = 0; tries < 100; tries += 1) {
    if (await answers(port)) return { port, close };
    if (await Promise.race([ended, pause()])) break;
  }
  await close();
  return undefined;
}

/** The server speaks first, and says whether it has JetStream. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.setTimeout(1000, () => socket.destroy());
    socket.on("data", (data) => {
      resolve(/"jetstream":\s*true/.test(data.toString()));
      socket.destroy();
    });
    socket.on("error", () => resolve(false));
    socket.on("close", () => resolve(false));
  });
}

async function findPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

function pause(): Promise<false> {
  return new Promise((resolve) => {
    setTimeout(resolve, 50, false);
  });
}
