import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createPolicyGate } from "@gatewright/runtime/abi";
import type { GateArguments, SerializedSnapshot } from "@gatewright/runtime/abi";
import { credentials } from "@gatewright/runtime/abi/credentials";
import { revocation } from "@gatewright/runtime/abi/revocation";
import { ring as keys } from "@gatewright/runtime/abi/ring";
import { createPolicySessions } from "@gatewright/runtime/abi/sessions";
import type { SessionStore } from "@gatewright/runtime/abi/sessions";
import { openKeyRing } from "@gatewright/runtime/issuer";
import { createRevocations } from "@gatewright/runtime/revocations";
import { createPostgresSessionStore } from "@gatewright/runtime/sessions/postgres";
import { createRedisSessionStore } from "@gatewright/runtime/sessions/redis";
import { Redis } from "ioredis";
import { Pool } from "pg";
import type { PoolConfig } from "pg";
import type { LoosePolicy } from "../../agreement/loose-policy.js";

/** What a test tells one node of the service. */
export interface ServiceSettings {
  readonly snapshot: SerializedSnapshot;
  readonly cwd: string;
  readonly ring: string;
  readonly secret: string;
  readonly redisPort: number;
  readonly prefix: string;
  /** Connection and schema of PostgreSQL, where sessions are kept there. */
  readonly postgres?: { readonly config: PoolConfig; readonly schema: string };
  /** After so many steps of its store the process ends itself, before any answer. */
  readonly dieAfterSteps?: number;
}

const settings: ServiceSettings = JSON.parse(process.argv[2] ?? "{}");
const { snapshot, cwd, prefix, postgres, dieAfterSteps } = settings;
const client = new Redis({ port: settings.redisPort, host: "127.0.0.1" });
const revocations = createRevocations(snapshot, { client, prefix });
const ring = openKeyRing({ text: settings.ring });
const environment = { SESSION_SECRET: settings.secret };

function openStore(): SessionStore {
  if (postgres === undefined) return createRedisSessionStore({ client, prefix });
  const { config, schema } = postgres;
  return createPostgresSessionStore({ pool: new Pool({ ...config, max: 10 }), schema });
}

/** The moment that no answer survives: the store has the step, and the client does not. */
function dyingStore(store: SessionStore): SessionStore {
  let steps = 0;
  return {
    ...store,
    async step(...values) {
      const verdict = await store.step(...values);
      steps += 1;
      if (steps === dieAfterSteps) process.kill(process.pid, "SIGKILL");
      return verdict;
    },
  };
}

const options = { environment, cwd, revocations, rings: { desk: ring } };
const gate = createPolicyGate<LoosePolicy>(
  snapshot,
  {
    hosts: () => import("@gatewright/runtime/abi/hosts"),
    keys,
    scopes: true,
    credentials: credentials({ revocation }),
  },
  options as unknown as NonNullable<GateArguments<LoosePolicy>[0]>,
);
const sessions = createPolicySessions<LoosePolicy>(snapshot, gate, {
  store: dyingStore(openStore()),
  ring,
  revocations,
  environment,
  account: () => ({ roles: ["clerk"] }),
});
const server = createServer((request, response) => {
  gate(request, response, () => {
    if (request.url === "/login") {
      void sessions.login(request, response, { id: "u1", clientId: "app" });
    } else if (request.url === "/session/refresh") sessions.refresh(request, response);
    else if (request.url === "/session/logout-all") sessions.logoutAll(request, response);
    else response.end("served");
  });
});
await revocations.ready();
server.listen(0, "127.0.0.1", () => {
  process.send?.({ port: (server.address() as AddressInfo).port });
});
