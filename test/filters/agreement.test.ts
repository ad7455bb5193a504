import { loadSnapshot } from "@gatewright/runtime";
import { createCan } from "@gatewright/runtime/abi/can";
import { createFilter } from "@gatewright/runtime/abi/filter";
import { toSql } from "@gatewright/runtime/filter";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { LoosePolicy } from "../agreement/loose-policy.js";
import { compileDesk, policy, principal } from "./arbitrary-desk.js";
import { columns, openPostgres, openSqlite } from "./desk-databases.js";
import { deskRows } from "./desk-rows.js";

const none = { digest: "", functions: [] };
const can = createCan<LoosePolicy, Record<string, unknown>>(none);
const filter = createFilter<LoosePolicy, { readonly [permission: string]: keyof typeof columns }>(
  none,
);

const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
const runs = Number(process.env["RUNS"] ?? 300);
const rows = deskRows(250, seed);
const databases = [openSqlite(rows), await openPostgres(rows)];

afterAll(async () => {
  for (const database of databases) await database?.close();
});

describe.each(databases.flatMap((database) => database ?? []))(
  "a filter in $dialect",
  (database) => {
    it(`selects exactly the rows that can allows (rows of seed ${seed})`, async () => {
      const loaded = await database.load();
      let selected = 0;
      await fc.assert(
        fc.asyncProperty(
          policy,
          fc.array(principal, { minLength: 2, maxLength: 3 }),
          async (text, callers) => {
            const snapshot = loadSnapshot(compileDesk(text));
            const gate = { snapshot: () => snapshot };
            for (const caller of callers) {
              const allowed = loaded.filter((row) => can(gate, caller, "notes.read", row as never));
              const found = filter(gate, caller, "notes.read");
              const { text: condition, values } = toSql(found, {
                dialect: database.dialect,
                columns,
                table: "notes",
              });
              const ids = await database.select(condition, values);
              const wanted = allowed.map(({ id }) => id);
              const differing = loaded.filter(({ id }) => ids.includes(id) !== wanted.includes(id));
              expect({ condition, values, differing: differing.slice(0, 2) }).toEqual({
                condition,
                values,
                differing: [],
              });
              if (ids.length > 0 && ids.length < loaded.length) selected += 1;
            }
          },
        ),
        { numRuns: runs, seed },
      );
      // Filters that select some rows and not others are what this is about.
      expect(selected).toBeGreaterThan(runs / 10);
    });
  },
);
