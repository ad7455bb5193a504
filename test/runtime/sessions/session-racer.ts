import { createPostgresSessionStore } from "@gatewright/runtime/sessions/postgres";
import { createRedisSessionStore } from "@gatewright/runtime/sessions/redis";
import { openSqliteSessionStore } from "@gatewright/runtime/sessions/sqlite";
import { Redis } from "ioredis";
import pg from "pg";
import type {
  RefreshStep,
  SessionStore,
  StepVerdict,
} from "../../../runtime/sessions/session-store.js";

/** Where the store is that both processes share. */
export type RacedStore =
  | { readonly kind: "redis"; readonly port: number; readonly prefix: string }
  | { readonly kind: "postgres"; readonly config: pg.PoolConfig; readonly schema: string }
  | { readonly kind: "sqlite"; readonly path: string };

/** So many submits at once of one step. */
export interface RaceOrder {
  readonly race: number;
  readonly id: string;
  readonly step: RefreshStep;
  readonly submits: number;
}

export interface RaceReport {
  readonly race: number;
  readonly verdicts: readonly StepVerdict[];
  /** Why the store rejected, where it did. */
  readonly failed?: string;
}

/** One process with clients of its own; the store comes as an argument, orders as messages. */
const raced: RacedStore = JSON.parse(process.argv[2] ?? "{}");
const store = open(raced);

process.on("message", ({ race, id, step, submits }: RaceOrder) => {
  void Promise.all(Array.from({ length: submits }, () => store.step(id, step))).then(
    (verdicts) => tell({ race, verdicts }),
    (error: unknown) => tell({ race, verdicts: [], failed: String(error) }),
  );
});
// The connection is there before the first race.
await store.read("nobody");
tell({ race: -1, verdicts: [] });

function tell(report: RaceReport): void {
  process.send?.(report);
}

function open(raced: RacedStore): SessionStore {
  switch (raced.kind) {
    case "redis": {
      const client = new Redis({ port: raced.port, host: "127.0.0.1" });
      return createRedisSessionStore({ client, prefix: raced.prefix });
    }
    case "postgres": {
      const pool = new pg.Pool(raced.config);
      return createPostgresSessionStore({ pool, schema: raced.schema });
    }
    case "sqlite":
      return openSqliteSessionStore({ path: raced.path });
  }
}
