import { createDemoKeys } from "./create-demo-keys.js";
import type { DemoKeys } from "./create-demo-keys.js";
import { startService } from "./start-service.js";

try {
  await serve();
} catch (error) {
  console.error(`order desk: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

async function serve(): Promise<void> {
  const { env } = process;
  const port = Number(env["PORT"] ?? 3000);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error("PORT is no port number");
  }
  const demoKeys = env["ORDER_DESK_JWKS"] === undefined ? await inventKeys() : undefined;
  const service = await startService({
    port,
    host: env["HOST"] ?? "127.0.0.1",
    environment: demoKeys === undefined ? env : { ORDER_DESK_JWKS: demoKeys.jwks },
    cwd: process.cwd(),
  });
  if (demoKeys !== undefined) await tellTokens(demoKeys, service.url);
  console.log(`order desk: listening on ${service.url}, records in audit/requests.jsonl`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      console.log(`order desk: ${signal}, stopping`);
      service.stop().catch((error: unknown) => {
        console.error(`order desk: ${error instanceof Error ? error.message : String(error)}`);
        process.exitCode = 1;
      });
    });
  }
}

/** Keys that anyone with this process can use are for trying out, never for production. */
function inventKeys(): Promise<DemoKeys> {
  if (process.env["NODE_ENV"] === "production") {
    throw new Error("ORDER_DESK_JWKS is not set: production needs the keys of the token issuer");
  }
  return createDemoKeys();
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
