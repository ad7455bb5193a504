import { toSql } from "@gatewright/runtime/filter";
import type { Filter } from "@gatewright/runtime/filter";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findPostgres } from "../services/postgres.js";

const service = await findPostgres();
const client = new pg.Client(service?.config);
const first = "6b1f0a4e-0d5c-4d6a-9a53-6a1f4d2f8e01";
const second = "f3d2c1b0-9a88-4c77-8b66-5a4433221100";
const attribute = "ownerId";
const columns = { ownerId: "owner_id" };

beforeAll(async () => {
  if (service === undefined) return;
  await client.connect();
  await client.query("CREATE TEMPORARY TABLE notes (id integer, owner_id uuid)");
  await client.query("INSERT INTO notes VALUES (1, $1), (2, $2), (3, NULL)", [first, second]);
});

afterAll(async () => {
  if (service === undefined) return;
  await client.end();
  await service.stop();
});

const compare = (relation: string, value: string) =>
  ({ op: "compare", relation, type: "string", attribute, to: { value } }) as Filter<"ownerId">;

describe.skipIf(service === undefined)("a text that PostgreSQL holds as uuid", () => {
  it.each<readonly [string, Filter<"ownerId">, readonly number[]]>([
    ["equal to it", compare("equal", first), [1]],
    ["equal to it as no application sees it", compare("equal", first.toUpperCase()), []],
    ["equal to what is no uuid", compare("equal", "ann"), []],
    ["not equal to it", compare("differ", first), [2]],
    ["not equal to what is no uuid", compare("differ", "ann"), [1, 2]],
    ["missing or another", { op: "not", of: compare("equal", first) }, [2, 3]],
    ["before it", compare("less", second), [1]],
    ["before a text", compare("less", "7"), [1]],
    ["one of some", { op: "in", type: "string", attribute, values: [second, "x"] }, [2]],
    ["one of none", { op: "in", type: "string", attribute, values: ["y", "x"] }, []],
    [
      "with a beginning",
      { op: "text", relation: "starts-with", of: { attribute }, part: { value: "6b" } },
      [1],
    ],
  ])("is %s", async (_, filter, expected) => {
    const { text, values } = toSql(filter, {
      dialect: "postgres",
      columns,
      storedAs: { ownerId: "uuid" },
    });
    const { rows } = await client.query(`SELECT id FROM notes WHERE ${text} ORDER BY id`, [
      ...values,
    ]);
    expect(rows.map(({ id }) => id)).toEqual(expected);
  });

  it("is found by the index of its column", () => {
    const { text } = toSql(compare("equal", first), {
      dialect: "postgres",
      columns,
      storedAs: { ownerId: "uuid" },
    });
    expect(text).toBe('("owner_id" IN ($1::uuid))');
  });
});
