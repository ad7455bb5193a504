import { loadSnapshot } from "@gatewright/runtime";
import { createFilter } from "@gatewright/runtime/abi/filter";
import { toSql } from "@gatewright/runtime/filter";
import { describe, expect, it } from "vitest";
import type { LoosePolicy } from "../agreement/loose-policy.js";
import { filter } from "../compile/data-filters/expected/filter.js";
import { snapshot as generated } from "../compile/data-filters/expected/snapshot.js";
import type { Policy } from "../compile/data-filters/expected/types.js";
import { toPrisma } from "@gatewright/runtime/filter/prisma";
import { columns as noteColumns, openSqlite } from "./desk-databases.js";
import { deskRows } from "./desk-rows.js";
import { compileDesk, deskPolicy } from "./arbitrary-desk.js";

const held = loadSnapshot(generated);
const gate = { snapshot: () => held };
const ann: Policy["principal"] = {
  id: "ann",
  issuer: "https://issuer.example",
  roles: ["clerk"],
  tenant: "north",
  claims: { teams: ["red", "blue"] },
};
const fromTrees = createFilter<LoosePolicy, Readonly<Record<string, keyof typeof noteColumns>>>({
  digest: "",
  functions: [],
});
const columns = {
  ownerId: "owner_id",
  desk: "desk",
  total: "total",
  locked: "locked",
  team: "team",
  tags: "tags",
  placedAt: "placed_at",
};

describe("the generated filter", () => {
  it("is a neutral tree, and a condition with parameters", () => {
    const found = filter(gate, ann, "orders.read");
    const isOwn = {
      op: "compare",
      relation: "equal",
      type: "string",
      attribute: "ownerId",
      to: { value: "ann" },
    };
    const ofTeam = { op: "in", type: "string", attribute: "team", values: ["red", "blue"] };
    const isPresent = { op: "present", attribute: "team" };
    expect(found).toMatchObject({ op: "and" });
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
    expect("of" in found && found.of).toContainEqual({
      op: "or",
      of: [isOwn, { op: "and", of: [isPresent, ofTeam] }],
    });
    expect(toSql(found, { dialect: "postgres", columns, trusted: "all", table: "o" })).toEqual({
      text:
        '(("o"."desk" = $1::text) AND (("o"."owner_id" = $2::text) OR ' +
        '(("o"."team" IS NOT NULL) AND ("o"."team" IN ($3::text, $4::text)))))',
      values: ["north", "ann", "red", "blue"],
    });
  });

  it("numbers parameters behind those of the query around it", () => {
    const found = filter(gate, { ...ann, roles: ["manager"] }, "orders.read");
    const options = { columns, trusted: "all", firstParameter: 3 } as const;
    expect(toSql(found, { dialect: "postgres", ...options }).text).toBe('("desk" = $3::text)');
    expect(toSql(found, { dialect: "sqlite", ...options }).text).toBe("(`desk` = ?)");
  });

  it("lets rows of no tenant pass without a tenant, and none without a role", () => {
    expect(filter(gate, { ...ann, tenant: undefined }, "orders.read")).toEqual({ op: "none" });
    expect(filter(gate, { ...ann, roles: [] }, "orders.read")).toEqual({ op: "none" });
    expect(filter(gate, { ...ann, roles: ["nobody"] as never }, "orders.read")).toEqual({
      op: "none",
    });
    expect(filter(gate, ann, "orders.shred" as never)).toEqual({ op: "none" });
    expect(filter(gate, ann, "notes.read")).toEqual({ op: "all" });
    expect(toSql(filter(gate, ann, "notes.read"), { dialect: "sqlite", columns: {} })).toEqual({
      text: "TRUE",
      values: [],
    });
  });

  it("type-checks only for permissions that can become one, and with a column for each attribute", () => {
    // @ts-expect-error a pattern cannot become a filter
    expect(() => filter(gate, ann, "orders.audit")).toThrow("`matches` of an attribute");
    // @ts-expect-error a size cannot become a filter
    expect(() => filter(gate, ann, "orders.ship")).toThrow("policies/desk.yaml");
    // @ts-expect-error it concerns no single resource
    expect(filter(gate, ann, "orders.list")).toEqual({ op: "all" });
    const { ownerId: _, ...others } = columns;
    const found = filter(gate, ann, "orders.read");
    // @ts-expect-error a column is missing
    expect(() => toSql(found, { dialect: "sqlite", columns: others })).toThrow("`ownerId`");
  });

  it("follows the policy in force, and says what in it is no filter", () => {
    const policies = ["resource.locked", "resource.team.matches('a')"].map((text) =>
      loadSnapshot(compileDesk(deskPolicy(text))),
    );
    const ask = (index: number) => {
      const snapshot = policies[index] ?? held;
      return fromTrees({ snapshot: () => snapshot }, { ...ann }, "notes.read");
    };
    expect(ask(0)).toMatchObject({ op: "and" });
    expect(() => ask(1)).toThrow(
      expect.objectContaining({
        name: "FilterError",
        code: "not-filterable",
        message: expect.stringContaining("policies/notes.yaml:"),
      }),
    );
  });

  it("unrolls a macro over many items, of attributes that may be missing too, and over too many not", () => {
    const text =
      "principal.claims.teams.exists(t, has(resource.alias) && resource.alias.startsWith(t))";
    const snapshot = loadSnapshot(compileDesk(deskPolicy(text)));
    const ask = (count: number) => {
      const teams = Array.from({ length: count }, (_, index) => `team-${index}-`);
      const caller = { ...ann, claims: { teams } };
      return fromTrees({ snapshot: () => snapshot }, caller, "notes.read");
    };
    const options = {
      dialect: "sqlite",
      columns: noteColumns,
      table: "notes",
      trusted: "all",
    } as const;
    const { text: condition, values } = toSql(ask(1000), options);
    const database = openSqlite(deskRows(3, 1));
    const rename = database.file.prepare("UPDATE notes SET value = ? WHERE id = ?");
    for (const [index, alias] of ["team-999-a", "team-1000-a", null].entries())
      rename.run(alias, index + 1);
    const found = database.file
      .prepare(`SELECT id FROM notes WHERE ${condition}`)
      .pluck()
      .all(...values);
    database.file.close();
    expect(found).toEqual([1]);
    expect(() => ask(1001)).toThrow(expect.objectContaining({ code: "too-large" }));
  });

  it("is what a where of Prisma asks for", () => {
    const found = filter(gate, { ...ann, roles: ["manager"] }, "orders.read");
    const where: { readonly desk?: { readonly equals?: string } } = toPrisma(found, {
      provider: "sqlite",
      fields: { ...columns, tags: null },
      trusted: "all",
    });
    expect(where).toEqual({ desk: { equals: "north" } });
  });
});
