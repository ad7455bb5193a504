import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import pg from "pg";

/** Where a test finds PostgreSQL. */
export interface PostgresService {
  readonly config: pg.PoolConfig;
  readonly stop: () => Promise<void>;
}

/** The database that a developer has running; libpq's variables lead elsewhere. */
const usual: pg.PoolConfig = {
  host: process.env["PGHOST"] ?? "127.0.0.1",
  port: Number(process.env["PGPORT"] ?? 5432),
  user: process.env["PGUSER"] ?? "root",
  database: process.env["PGDATABASE"] ?? "test",
  connectionTimeoutMillis: 2000,
};

/**
 * PostgreSQL at its usual address, else started from a binary of this machine; undefined where there is neither,
 * which is said aloud, and is an error where `CI` is set.
 */
export async function findPostgres(): Promise<PostgresService | undefined> {
  if (await answers(usual)) return { config: usual, stop: () => Promise.resolve() };
  const binaries = findBinaries();
  if (binaries !== undefined) return start(binaries);
  const message = "PostgreSQL is neither running nor installed: its tests are skipped";
  if (process.env["CI"] === "true") throw new Error(message);
  console.warn(message);
  return undefined;
}

async function answers(config: pg.PoolConfig): Promise<boolean> {
  const client = new pg.Client(config);
  try {
    await client.connect();
    await client.query("SELECT 1");
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Debian keeps the server's binaries by version and off the path. */
function findBinaries(): string | undefined {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root) : [];
  const folders = versions
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => join(root, version, "bin"));
  const path = (process.env["PATH"] ?? "").split(":");
  return [...folders, ...path].find(
    (folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres")),
  );
}

async function start(binaries: string): Promise<PostgresService> {
  const folder = mkdtempSync(join(tmpdir(), "gatewright-postgres-"));
  const data = join(folder, "data");
  // The server refuses to run as root, so that Debian's own user runs it then.
  const isRoot = userInfo().uid === 0;
  const user = isRoot ? "postgres" : userInfo().username;
  const owner = isRoot ? { uid: idOf("-u", user), gid: idOf("-g", user) } : {};
  if (isRoot) execFileSync("chown", [user, folder]);
  const options = { ...owner, cwd: folder, stdio: "ignore" } as const;
  execFileSync(join(binaries, "initdb"), ["-D", data, "-A", "trust", "-E", "UTF8"], options);
  const port = await freePort();
  const address = ["-c", "listen_addresses=127.0.0.1", "-p", String(port), "-k", folder];
  const server = spawn(join(binaries, "postgres"), ["-D", data, ...address], options);
  const ended = new Promise((resolve) => server.once("exit", resolve));
  const config = { host: "127.0.0.1", port, user, database: "postgres" };
  for (let tries = 0; tries < 100 && !(await answers(config)); tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const stop = async () => {
    server.kill("SIGINT");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  return { config, stop };
}

function idOf(which: "-u" | "-g", user: string): number {
  return Number(execFileSync("id", [which, user], { encoding: "utf8" }));
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
