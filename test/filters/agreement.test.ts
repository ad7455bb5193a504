import { loadSnapshot } from "@gatewright/runtime";
import { createCan } from "@gatewright/runtime/abi/can";
import { createClauseJudge } from "@gatewright/runtime/abi/clauses";
import { createFilter } from "@gatewright/runtime/abi/filter";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { LoosePolicy } from "../agreement/loose-policy.js";
import { compileDesk, deskPolicy, policy, principal } from "./arbitrary-desk.js";
import { openPostgres, openSqlite } from "./desk-databases.js";
import type { DeskDatabase, columns } from "./desk-databases.js";
import { deskRows } from "./desk-rows.js";
import {
  drizzleOnPostgres,
  drizzleOnSqlite,
  kyselyOnPostgres,
  kyselyOnSqlite,
  plainly,
  trustingly,
} from "./ways-to-ask.js";
import type { WayToAsk } from "./ways-to-ask.js";

const none = { digest: "", functions: [] };
const can = createCan<LoosePolicy, Record<string, unknown>>(createClauseJudge(none));
const filter = createFilter<LoosePolicy, { readonly [permission: string]: keyof typeof columns }>(
  none,
);

/** A failure is seen again with the `SEED` that it names; more `RUNS` ask more policies. */
const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
const runs = Number(process.env["RUNS"] ?? 200);
const rows = deskRows(250, seed);
const sqlite = openSqlite(rows);
const postgres = await openPostgres(rows);

afterAll(async () => {
  await sqlite.close();
  await postgres?.close();
});

const clerk = { id: "a", issuer: "", roles: ["clerk"], tenant: "a", claims: {} };

interface Place {
  readonly database: DeskDatabase;
  readonly ways: readonly WayToAsk[];
}

const places: readonly Place[] = [
  {
    database: sqlite,
    ways: [plainly(sqlite), kyselyOnSqlite(sqlite.file), drizzleOnSqlite(sqlite.file)],
  },
  ...(postgres === undefined
    ? []
    : [
        {
          database: postgres,
          ways: [
            plainly(postgres),
            kyselyOnPostgres(postgres.pool),
            drizzleOnPostgres(postgres.pool),
          ],
        },
      ]),
];

describe.each(places)("a filter in $database.dialect", ({ database, ways }) => {
  it(`selects exactly the rows that can allows (seed ${seed})`, { timeout: 600_000 }, async () => {
    const loaded = await database.load();
    let selective = 0;
    // Every row that fits its declaration may be read by some.
    const everything = loadSnapshot(compileDesk(deskPolicy("resource.locked || !resource.locked")));
    const fitting = new Set(
      loaded
        .filter((row) => can({ snapshot: () => everything }, clerk, "notes.read", row as never))
        .map(({ id }) => id),
    );
    const trusting = trustingly(database);
    const callers = fc.array(principal, { minLength: 2, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(policy, callers, async (text, asking) => {
        const snapshot = loadSnapshot(compileDesk(text));
        const gate = { snapshot: () => snapshot };
        for (const caller of asking) {
          const allowed = loaded
            .filter((row) => can(gate, caller, "notes.read", row as never))
            .map(({ id }) => id);
          const found = filter(gate, caller, "notes.read");
          for (const { name, ask } of ways) {
            expect({ name, ids: await ask(found) }).toEqual({ name, ids: allowed });
          }
          const trusted = await trusting.ask(found);
          expect(trusted.filter((id) => fitting.has(id))).toEqual(
            allowed.filter((id) => fitting.has(id)),
          );
          if (allowed.length > 0 && allowed.length < loaded.length) selective += 1;
        }
      }),
      { numRuns: runs, seed },
    );
    // Filters that select some rows and leave others are what this is about.
    expect(selective).toBeGreaterThan(runs / 30);
  });
});
