import { randomUUID } from "node:crypto";
import { performance } from "node:perf_hooks";
import { Redis } from "ioredis";
import { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findPostgres } from "../../services/postgres.js";
import { openRedis } from "../../services/redis.js";
import { NOW } from "../authenticate/token-forge.js";
import { documentWith } from "../ring/ring-desk.js";
import { readRefreshToken } from "../../../runtime/sessions/refresh-token.js";
import { openServiceProcesses } from "./service-processes.js";
import type { ServiceProcesses } from "./service-processes.js";
import {
  SECRET,
  bearer,
  loginNatively,
  refreshNatively,
  send,
  sessionPolicy,
} from "./session-desk.js";
import type { ServiceSettings } from "./session-service.js";

const redis = await openRedis();
const postgres = await findPostgres();

/** How often 50 submits meet; `RACES=1000` is the full size. */
const ROUNDS = Number(process.env["RACES"] ?? 100);
const SUBMITS = 50;
const KILLS = 8;

/** A ring whose key is active by the clock of this machine. */
const ring = JSON.stringify(documentWith(["ES256"])).replaceAll(
  String(NOW - 86_400),
  String(Math.floor(Date.now() / 1000) - 86_400),
);

describe.skipIf(redis === undefined).each(["redis", "postgres"])(
  "two processes, one %s",
  (store) => {
    const isMissing = store === "postgres" && postgres === undefined;
    const schema = `gatewright_${randomUUID().replaceAll("-", "")}`;
    const prefix = `gatewright-test:${schema}:`;
    let processes: ServiceProcesses | undefined;
    let pool: Pool | undefined;

    const start = async (settings: Partial<ServiceSettings> = {}) => {
      const shared = { ring, secret: SECRET, redisPort: redis?.port ?? 0, prefix };
      const connection = postgres && { config: postgres.config, schema };
      const kept = store === "postgres" && connection ? { postgres: connection } : {};
      return Number(
        await processes?.start({ snapshot: policy(), ...shared, ...kept, ...settings }),
      );
    };
    const policy = (retry = "{ attempts: 100 }") =>
      sessionPolicy({ store, revocation: "{ store: redis }", sessions: `  retry: ${retry}` });

    beforeAll(async () => {
      processes = await openServiceProcesses();
      if (store !== "postgres" || postgres === undefined) return;
      pool = new Pool(postgres.config);
      await pool.query(`CREATE SCHEMA ${schema}`);
    });

    afterAll(async () => {
      await processes?.close();
      await pool?.query(`DROP SCHEMA ${schema} CASCADE`);
      await pool?.end();
      const client = new Redis({ port: redis?.port ?? 0, host: "127.0.0.1" });
      const keys = await client.keys(`${prefix}*`);
      if (keys.length > 0) await client.del(keys);
      await client.quit();
    });

    it.skipIf(isMissing)(
      `S1: ${SUBMITS} submits at once are one step, ${ROUNDS} times over, and all converge`,
      { timeout: 900_000 },
      async () => {
        const ports = [await start(), await start()];
        let { refresh } = await loginNatively(ports[0] ?? 0);
        for (let round = 0; round < ROUNDS; round += 1) {
          const answers = await submitAll(ports, refresh);
          expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
          const successors = new Set(answers.map(({ json }) => String(json["refresh_token"])));
          expect(successors.size).toBe(1);
          [refresh = ""] = successors;
          expect(readRefreshToken(refresh)?.generation).toBe(round + 1);
        }
      },
    );

    it.skipIf(isMissing)(
      "S2: strict, any number of submits leave nobody with a live pair",
      async () => {
        const strict = { snapshot: policy("{ window: 0s }") };
        const ports = [await start(strict), await start(strict)];
        for (let round = 0; round < 20; round += 1) {
          const { refresh } = await loginNatively(ports[0] ?? 0);
          const answers = await submitAll(ports, refresh);
          const winners = answers.filter(({ status }) => status === 200);
          expect(winners).toHaveLength(1);
          const [winner] = winners;
          const next = String(winner?.json["refresh_token"]);
          for (const port of ports) {
            expect((await refreshNatively(port, next)).status).toBe(401);
            const refused = await until(port, winner?.json["access_token"], 401);
            expect(refused).toBeLessThan(1000);
          }
        }
      },
    );

    it.skipIf(isMissing)(
      "S5: a process that is killed between step and answer loses nobody's session",
      async () => {
        const survivor = await start();
        let { refresh } = await loginNatively(survivor);
        for (let kill = 0; kill < KILLS; kill += 1) {
          const doomed = await start({ dieAfterSteps: 1 });
          await expect(refreshNatively(doomed, refresh)).rejects.toThrow();
          const { status, json } = await refreshNatively(survivor, refresh);
          expect(status).toBe(200);
          refresh = String(json["refresh_token"]);
          expect(readRefreshToken(refresh)?.generation).toBe(2 * kill + 1);
          refresh = String((await refreshNatively(survivor, refresh)).json["refresh_token"]);
        }
      },
    );

    it.skipIf(isMissing)(
      "S11: logout of all reaches the other process within a second",
      async () => {
        const [one = 0, other = 0] = [await start(), await start()];
        const times: number[] = [];
        for (let round = 0; round < 10; round += 1) {
          const { access, refresh } = await loginNatively(one);
          expect(await until(other, access, 200)).toBeLessThan(1000);
          const answer = await send(one, "/session/logout-all", { headers: bearer(access) });
          expect(answer.status).toBe(204);
          times.push(await until(other, access, 401));
          expect((await refreshNatively(other, refresh)).status).toBe(401);
          const fresh = await loginNatively(other);
          expect(await until(one, fresh.access, 200)).toBeLessThan(1000);
        }
        console.log(
          `logout of all, ${store}: at most ${Math.ceil(Math.max(...times))} ms to the other process`,
        );
        expect(Math.max(...times)).toBeLessThan(1000);
      },
    );
  },
);

function submitAll(ports: readonly number[], token: string) {
  const submits = Array.from({ length: SUBMITS }, (_, index) => ports[index % ports.length] ?? 0);
  return Promise.all(submits.map((port) => refreshNatively(port, token)));
}

/** Milliseconds until an access token is answered with a status; more than a second where it never is. */
async function until(port: number, access: unknown, status: number): Promise<number> {
  const start = performance.now();
  const elapsed = () => performance.now() - start;
  while (elapsed() < 2000) {
    const answer = await send(port, "/orders", { method: "GET", headers: bearer(access) });
    if (answer.status === status) break;
  }
  return elapsed();
}
