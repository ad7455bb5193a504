import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { createProject, writeFiles } from "./create-project.js";
import { runGatewright } from "./run-gatewright.js";

let folder = "";
beforeEach(() => {
  folder = createProject({});
});

const run = (...args: readonly string[]) => runGatewright(folder, ["import", ...args]);
const write = (path: string, text: string) => writeFiles(folder, { [path]: text });
const read = (path: string) => readFileSync(join(folder, path), "utf8");

const orders = `openapi: 3.1.0
info: { title: Order desk }
security: [{ oauth: [orders] }]
paths:
  /orders:
    get: { tags: [orders], operationId: list, summary: List orders }
  /orders/{id}.json:
    get: { tags: [orders], operationId: export }
`;

describe("import openapi", () => {
  it("writes a policy, and says what it could not carry over", () => {
    write("api.yaml", orders);
    const { stdout, stderr, status } = run("openapi", "api.yaml");
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toBe(`1 of 2 operations carried over: 1 by permissions

not carried over, and denied:
  GET /orders/{id}.json: the segment \`{id}.json\` mixes text and parameters [openapi-mixed-segment]

wrote 3 files: policies/order-desk.yaml, policies/order-desk/orders.yaml, policies/order-desk/import.json
`);
    expect(read("policies/order-desk/orders.yaml")).toContain("GET: orders.list # List orders");
  });

  it("merges the next document under the name of the first, and shows the difference", () => {
    write("api.yaml", orders);
    run("openapi", "api.yaml");
    write(
      "api.yaml",
      orders.replace("Order desk", "Renamed").replace("  /orders/{id}.json:", "  /orders/{id}:"),
    );
    const dry = run("openapi", "api.yaml", "--dry-run");
    expect(dry.stdout).toContain("would write 3 files");
    expect(read("policies/order-desk/orders.yaml")).not.toContain("/:id");
    const { stdout, status } = run("openapi", "api.yaml");
    expect(status).toBe(0);
    expect(stdout).toContain(
      "routes:\n  + GET /orders/:id: orders.export\n\nroles:\n  ~ orders: + orders.export\n",
    );
    expect(read("policies/order-desk/orders.yaml")).toContain("/:id:\n      GET: orders.export");
    expect(run("openapi", "api.yaml").stdout).toContain(
      "the policy is up to date: nothing to write",
    );
  });

  it("keeps what people changed, lists the conflict and ends with 1", () => {
    write("api.yaml", orders);
    run("openapi", "api.yaml");
    const file = "policies/order-desk/orders.yaml";
    write(file, read(file).replace("GET: orders.list", "GET: authenticated"));
    write("api.yaml", orders.replace("summary: List orders", "security: []"));
    const { stdout, status } = run("openapi", "api.yaml");
    expect(status).toBe(1);
    expect(stdout).toContain("! route GET /orders: you changed its rule to `authenticated`");
    expect(read(file)).toContain("GET: authenticated");
  });

  it("removes the file of a tag that is gone", () => {
    write("api.yaml", `${orders}  /users:\n    get: { tags: [users] }\n`);
    run("openapi", "api.yaml");
    write("api.yaml", orders);
    expect(run("openapi", "api.yaml").stdout).toContain("1 file left empty and removed");
    expect(readdirSync(join(folder, "policies/order-desk")).toSorted()).toEqual([
      "import.json",
      "orders.yaml",
    ]);
  });

  it("prints everything as JSON", () => {
    write("api.yaml", orders);
    const { stdout, status } = run(
      "openapi",
      "api.yaml",
      "--json",
      "--name",
      "desk",
      "--policies",
      "access",
    );
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      name: "desk",
      isFirst: true,
      isDryRun: false,
      counts: { operations: 2, carriedOver: 1, public: 0, authenticated: 0, guarded: 1 },
      refused: [{ code: "openapi-mixed-segment", pointer: "/paths/~1orders~1{id}.json/get" }],
      changes: { routes: { added: [{ route: "GET /orders", from: "", to: "orders.list" }] } },
      conflicts: [],
      diagnostics: [],
      files: [
        { path: "access/desk.yaml", isRemoved: false },
        { path: "access/desk/orders.yaml", isRemoved: false },
        { path: "access/desk/import.json", isRemoved: false },
      ],
    });
  });

  it("takes the server's path or leaves it out, and reads silence as it is told", () => {
    write("api.yaml", "openapi: 3.0.0\nservers: [{ url: /v1 }]\npaths:\n  /x: { get: {} }\n");
    run("openapi", "api.yaml", "--name", "a", "--unsaid", "public");
    run("openapi", "api.yaml", "--name", "b", "--no-server-prefix");
    expect(read("policies/a/x.yaml")).toContain("  /v1/x:\n    GET: public");
    expect(read("policies/b/x.yaml")).toContain("  /x:\n    GET: x.get");
  });
});

describe("a wrong call", () => {
  it.each([
    [[], "FILE is missing"],
    [["openapi"], "FILE is missing"],
    [["swagger", "api.yaml"], "only OpenAPI documents are imported"],
    [["openapi", "a.yaml", "b.yaml"], "b.yaml"],
    [["openapi", "a.yaml", "--name", "../x"], "`--name` is no name"],
    [["openapi", "a.yaml", "--unsaid", "maybe"], "`--unsaid` cannot be `maybe`"],
    [["openapi", "a.yaml", "--dry"], "did you mean `--dry-run`?"],
  ])("ends with 2 and what is wrong: %j", (args, message) => {
    const { status, stdout, stderr } = run(...args);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
  });

  it.each<[string, string, () => void]>([
    ["openapi-unreadable", "a file that is not there", () => {}],
    ["openapi-unreadable", "a folder", () => mkdirSync(join(folder, "api.yaml"))],
    [
      "openapi-unreadable",
      "bytes that are no text",
      () => writeFileSync(join(folder, "api.yaml"), Buffer.from([0xff, 0xfe])),
    ],
    ["openapi-syntax", "text that is nothing", () => write("api.yaml", "a: [b")],
    ["openapi-version", "Swagger", () => write("api.yaml", 'swagger: "2.0"')],
    [
      "yaml-syntax",
      "a broken policy",
      () => {
        write("api.yaml", orders);
        write("policies/own.yaml", "a: [b");
      },
    ],
    [
      "policy-symlink",
      "a link where it would write",
      () => {
        write("api.yaml", orders);
        mkdirSync(join(folder, "policies"));
        symlinkSync(folder, join(folder, "policies/order-desk"));
      },
    ],
    [
      "no-policy",
      "a policy folder that is a file",
      () => {
        write("api.yaml", orders);
        write("policies", "");
      },
    ],
    [
      "openapi-foreign-file",
      "a file of others in its place",
      () => {
        write("api.yaml", orders);
        write("policies/order-desk.yaml", "gatewright: 1\n");
      },
    ],
    [
      "openapi-stamp",
      "a stamp of another version",
      () => {
        write("api.yaml", orders);
        write("policies/order-desk/import.json", '{ "format": 99 }');
      },
    ],
  ])("ends with 1 and %s: %s", (code, _, prepare) => {
    prepare();
    const { status, stdout } = run("openapi", "api.yaml");
    expect(status).toBe(1);
    expect(stdout).toContain(`error[${code}]`);
    expect(stdout).toContain("nothing was written");
    const json = run("openapi", "api.yaml", "--json");
    expect(JSON.parse(json.stdout).diagnostics[0].code).toBe(code);
  });
});

it("says so where it cannot write, and leaves no draft behind", () => {
  write("api.yaml", orders);
  mkdirSync(join(folder, "policies"));
  // A folder stands where the file would go: this fails for root too.
  mkdirSync(join(folder, "policies/order-desk.yaml"));
  const { status, stdout } = run("openapi", "api.yaml");
  expect(status).toBe(1);
  expect(stdout).toContain("error[openapi-unwritable]");
  expect(stdout).toContain("not everything was written");
  expect(readdirSync(join(folder, "policies"))).toEqual(["order-desk.yaml"]);
  expect(existsSync(join(folder, "policies/order-desk/import.json"))).toBe(false);
});

it("writes into the folder that it runs in", () => {
  write("api.yaml", orders);
  expect(run("openapi", "api.yaml", "--policies", ".", "--name", "desk").status).toBe(1);
  write("sub/api.json", JSON.stringify({ openapi: "3.0.0", paths: { "/x": { get: {} } } }));
  const there = runGatewright(join(folder, "sub"), [
    "import",
    "openapi",
    "api.json",
    "--policies",
    ".",
  ]);
  expect(there.status).toBe(0);
  expect(there.stdout).toContain("wrote 3 files: api.yaml, api/x.yaml, api/import.json");
  const again = runGatewright(join(folder, "sub"), [
    "import",
    "openapi",
    "api.json",
    "--policies",
    ".",
  ]);
  expect(again.stdout).toContain("nothing to write");
});
