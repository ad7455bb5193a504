import { loadSnapshot } from "@gatewright/runtime";
import { createCan } from "@gatewright/runtime/abi/can";
import { createClauseJudge } from "@gatewright/runtime/abi/clauses";
import { createFilter } from "@gatewright/runtime/abi/filter";
import { FilterError } from "@gatewright/runtime/filter";
import { toPrisma } from "@gatewright/runtime/filter/prisma";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { LoosePolicy } from "../agreement/loose-policy.js";
import { compileDesk, policy, principal } from "./arbitrary-desk.js";
import type { columns } from "./desk-databases.js";
import { deskRows } from "./desk-rows.js";
import { openPrismaOnPostgres, openPrismaOnSqlite, optional } from "./prisma-databases.js";

type Attribute = keyof typeof columns;

const none = { digest: "", functions: [] };
const can = createCan<LoosePolicy, Record<string, unknown>>(createClauseJudge(none));
const filter = createFilter<LoosePolicy, { readonly [permission: string]: Attribute }>(none);

const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
const runs = Number(process.env["RUNS"] ?? 150);
const rows = deskRows(300, seed);
const opened = [await openPrismaOnSqlite(rows), await openPrismaOnPostgres(rows)];
const databases = opened.flatMap((database) => database ?? []);

afterAll(async () => {
  for (const { close } of databases) await close();
});

const names: readonly Attribute[] = [
  "desk",
  "team",
  "owner",
  "alias",
  "rank",
  "count",
  "limit",
  "total",
  "weight",
  "locked",
  "shown",
  "placedAt",
  "dueAt",
  "tags",
  "labels",
];

describe.each(databases)("a filter of Prisma in $provider", (database) => {
  const { provider, client, toResource } = database;
  const withoutLists = (name: Attribute) =>
    provider === "sqlite" && (name === "tags" || name === "labels");
  const fields = Object.fromEntries(
    names.map((name) => [name, withoutLists(name) ? null : name]),
  ) as Readonly<Record<Attribute, string | null>>;
  const options = { provider, fields, optional, references: client.note.fields };

  it(`selects exactly the rows that can allows, or is refused (seed ${seed})`, async () => {
    const loaded = await client.note.findMany({ orderBy: { id: "asc" } });
    const counts = { refused: 0, selective: 0 };
    await fc.assert(
      fc.asyncProperty(policy, principal, async (text, caller) => {
        const snapshot = loadSnapshot(compileDesk(text));
        const gate = { snapshot: () => snapshot };
        const where = orRefused(() => toPrisma(filter(gate, caller, "notes.read"), options));
        if (where === undefined) {
          counts.refused += 1;
          return;
        }
        const found = await client.note.findMany({ where, orderBy: { id: "asc" } });
        const allowed = loaded.filter((row) =>
          can(gate, caller, "notes.read", toResource(row) as never),
        );
        expect(found.map(({ id }) => id)).toEqual(allowed.map(({ id }) => id));
        if (found.length > 0 && found.length < loaded.length) counts.selective += 1;
      }),
      { numRuns: runs, seed },
    );
    expect(counts.selective).toBeGreaterThan(runs / 60);
    expect(counts.refused).toBeLessThan(runs * 0.9);
  });
});

/** What Prisma cannot say is refused; every other error is one. */
function orRefused<Where>(say: () => Where): Where | undefined {
  try {
    return say();
  } catch (error) {
    if (error instanceof FilterError && ["not-expressible", "no-column"].includes(error.code)) {
      return undefined;
    }
    throw error;
  }
}
