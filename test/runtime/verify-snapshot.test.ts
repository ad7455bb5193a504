import { createHash } from "node:crypto";
import { verifySnapshot } from "@gatewright/runtime";
import type { SerializedSnapshot } from "@gatewright/runtime/abi";
import { describe, expect, it } from "vitest";
import { snapshot } from "../gate/clause-desk.js";
import { snapshotWith } from "../gate/gate-policy.js";
import { issuerPolicy, snapshotOf } from "./authenticate/token-desk.js";
import { strategyPolicy } from "./strategies/strategy-desk.js";

const policies: readonly (readonly [string, SerializedSnapshot])[] = [
  ["with conditions", snapshot],
  [
    "with pages, upgrades and requirements",
    snapshotWith(`
cors: { web: { origins: [https://desk.example], default: true } }
routes:
  /feed: { GET: { permissions: orders.read, upgrade: websocket, origins: [], scopes: feed } }
`),
  ],
  ["with strategies", snapshotOf(strategyPolicy)],
  ["with values of claims", snapshotOf(issuerPolicy("RS256", ", claimValues: { own: true }"))],
];

type Json = unknown;
type Path = readonly (string | number)[];

/** The same with another value somewhere, and a digest that fits. */
function changed(source: SerializedSnapshot, path: Path, value: Json): unknown {
  const { digest: _, ...body } = structuredClone(source);
  const parent = path.slice(0, -1).reduce<Json>((at, name) => Reflect.get(Object(at), name), body);
  Reflect.set(Object(parent), path.at(-1) ?? "", value);
  const { abi, ...rest } = body;
  const hash = createHash("sha256").update(JSON.stringify(body)).digest("hex");
  return { abi, digest: `sha256:${hash}`, ...rest };
}

/** Every place; what a condition is made of has a check and tests of its own. */
function pathsIn(value: Json, path: Path = []): readonly Path[] {
  if (["tree", "fields", "digest"].includes(String(path.at(-1)))) return [];
  const own = path.length === 0 ? [] : [path];
  if (typeof value !== "object" || value === null) return own;
  const names = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return [...own, ...names.flatMap((name) => pathsIn(Reflect.get(value, name), [...path, name]))];
}

function ofAnotherType(value: Json): Json {
  if (typeof value === "string") return 7;
  return typeof value === "object" && value !== null ? 7 : [{}];
}

describe.each(policies)("a snapshot %s", (_, source) => {
  it("passes as it is, also through JSON", () => {
    expect(verifySnapshot(JSON.parse(JSON.stringify(source)))).toEqual(source);
  });

  it("is refused with another type in any one place", () => {
    const paths = pathsIn(source);
    expect(paths.length).toBeGreaterThan(100);
    const passing = paths.filter((path) => {
      const found = path.reduce<Json>((at, name) => Reflect.get(Object(at), name), source);
      try {
        verifySnapshot(changed(source, path, ofAnotherType(found)));
        return true;
      } catch {
        return false;
      }
    });
    // A name of a permission, role or pattern may be any text; there is no number to put in its place.
    expect(passing.map((path) => path.join("."))).toEqual([]);
  });
});

describe("a number that points outside its table", () => {
  it.each<readonly [string, Path, Json]>([
    ["a permission of a route", ["routes", 0, "permissions"], [99]],
    ["a condition of a clause", ["clauses", 0, "conditions"], [99]],
    ["a role of a clause", ["clauses", 0, "roles"], [99]],
    ["a permission of a clause", ["clauses", 0, "permissions"], [99]],
    ["a resource of a condition", ["conditions", 0, "resource"], 99],
    ["a permission of a resource", ["resources", 0, "permissions"], [99]],
    ["no condition at all in a clause", ["clauses", 0, "conditions"], []],
    ["words for other permissions", ["certain"], "AAAAAA=="],
    ["parts that nobody asks for", ["needs"], []],
    [
      "a tree that is none",
      ["conditions", 0, "tree"],
      { format: 1, inputs: {}, node: { op: "run" } },
    ],
    ["fields that are none", ["resources", 0, "fields"], { total: { type: "money" } }],
  ])("is refused: %s", (_, path, value) => {
    expect(() => verifySnapshot(changed(snapshot, path, value))).toThrow("the snapshot is refused");
  });
});

describe("a scope or class that would need escapes in a challenge", () => {
  const [, source = snapshot] = policies.find(([name]) => name.includes("requirements")) ?? [];
  const texts = ['a"b', "a\\b", "a\r\nb", "caf\u00e9", "a b", ""];
  it.each(texts)("is refused: %j", (text) => {
    for (const name of ["scopes", "acr"]) {
      const value = changed(source, ["requirements", 0, name], [text]);
      expect(() => verifySnapshot(value)).toThrow("the snapshot is refused");
    }
  });

  it("passes where it needs none", () => {
    const value = changed(source, ["requirements", 0, "acr"], ["urn:mace:incommon:iap:silver"]);
    expect(verifySnapshot(value)).toEqual(value);
  });
});
