import { openKeyRing } from "@gatewright/runtime/issuer";
import { createDemoKeys } from "./create-demo-keys.js";
import type { DemoKeys } from "./create-demo-keys.js";
import { startService } from "./start-service.js";
import type { Service, ServiceOptions } from "./start-service.js";

/** What a service is started with besides what its environment says. */
export type ServeOptions = Pick<ServiceOptions, "accounts" | "certificate"> & {
  /** Told once the service listens. */
  readonly tell?: (url: string) => void;
};

/** Serves the order desk as the environment says, until a signal. */
export async function serve({ tell, ...options }: ServeOptions): Promise<void> {
  try {
    const { env } = process;
    const { demoKeys, ...keys } = await openKeys(env);
    const service = await startService({
      ...options,
      ...keys,
      port: portOf(env),
      host: env["HOST"] ?? "127.0.0.1",
      cwd: process.cwd(),
    });
    if (demoKeys !== undefined) await tellTokens(demoKeys, service.url);
    console.log(`order desk: listening on ${service.url}, records in data/audit.sqlite`);
    tell?.(service.url);
    stopOnSignal(service);
  } catch (error) {
    fail(error);
  }
}

function portOf(env: NodeJS.ProcessEnv): number {
  const port = Number(env["PORT"] ?? 3000);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new Error("PORT is no port number");
}

interface Keys extends Pick<ServiceOptions, "environment" | "ring"> {
  /** Where the environment names no identity provider. */
  readonly demoKeys: DemoKeys | undefined;
}

/** Keys that anyone with this process can use are for trying out, never for production. */
async function openKeys(env: NodeJS.ProcessEnv): Promise<Keys> {
  const names = ["ORDER_DESK_JWKS", "ORDER_DESK_SESSIONS", "ORDER_DESK_RING"];
  const missing = names.find((name) => env[name] === undefined);
  if (env["NODE_ENV"] === "production" && missing !== undefined) {
    throw new Error(`${missing} is not set: production needs keys that outlive the process`);
  }
  const invented = await createDemoKeys();
  const file = env["ORDER_DESK_RING"];
  return {
    environment: { ...invented.environment, ...env },
    ring: file === undefined ? invented.ring : openKeyRing({ file }),
    demoKeys: env["ORDER_DESK_JWKS"] === undefined ? invented : undefined,
  };
}

async function tellTokens(keys: DemoKeys, url: string): Promise<void> {
  console.log("order desk: ORDER_DESK_JWKS is not set; for this run, a demo key signs the tokens");
  for (const role of ["clerk", "manager", "auditor", "admin"] as const) {
    console.log(
      `  ${role.toUpperCase()}=${await keys.sign({ name: role, roles: [role], signedInAgo: 0 })}`,
    );
  }
  console.log(`  curl -H "Authorization: Bearer $CLERK" ${url}/orders`);
}

function stopOnSignal(service: Service): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      console.log(`order desk: ${signal}, stopping`);
      service.stop().catch(fail);
    });
  }
}

function fail(error: unknown): void {
  console.error(`order desk: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
