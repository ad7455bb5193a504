import { describe, expect, it } from "vitest";
import { createProject, desk } from "./create-project.js";
import { runGatewright } from "./run-gatewright.js";

const claims = (value: object) => ["--claims", JSON.stringify(value)];

/** A note of ada's, in the options. */
function noteOf(more: object): readonly string[] {
  const note = { ownerId: "ada", editedAt: "2026-11-27T12:00:00Z", locked: false, ...more };
  return ["--resource", JSON.stringify(note)];
}

describe("gatewright explain with conditions", () => {
  const conditional = createProject({
    ...desk,
    "policies/owned.yaml": `gatewright: 1
resources:
  notes:
    actions: [read, edit]
    attributes: { ownerId: string, editedAt: timestamp, locked: bool }
roles:
  writer:
    grants:
      - { permission: notes.edit, when: "resource.ownerId == principal.id && !resource.locked" }
routes:
  /notes/:id:
    PUT: notes.edit
`,
  });
  const ask = (...args: readonly string[]) =>
    runGatewright(conditional, ["explain", "PUT", "/notes/1", ...args]);
  const ada = claims({ sub: "ada", roles: ["writer"] });

  it("tells what they rest on where too little is said, and does not allow", () => {
    const { status, stdout } = ask("--role", "writer");
    expect(status).toBe(3);
    expect(stdout).toBe(`PUT /notes/1 as writer: depends on conditions
  the roles pass; conditions decide
route PUT /notes/:id (policies/owned.yaml:12)
needs notes.edit (policies/owned.yaml:4): granted
  granted to writer under conditions (policies/owned.yaml:9)
grant of notes.edit in writer (policies/owned.yaml:9): open
  resource.ownerId == principal.id (policies/owned.yaml:9): open
  !resource.locked (policies/owned.yaml:9): open
say more with \`--claims\`, \`--resource\` and \`--ip\` to have it decided
`);
  });

  it("decides them with claims and a resource", () => {
    const { status, stdout } = ask(...ada, ...noteOf({}));
    expect(status).toBe(0);
    expect(stdout).toContain(": allow\n  the roles pass, and so do the conditions\n");
    expect(stdout).toContain("!resource.locked (policies/owned.yaml:9): holds\n");
  });

  it("names what would have to change", () => {
    const { status, stdout } = ask(...ada, ...noteOf({ ownerId: "bob" }));
    expect(status).toBe(3);
    expect(stdout).toContain("deny 403 forbidden\n  no condition of a grant holds\n");
    expect(stdout).toContain("it would pass if `resource.ownerId == principal.id` held\n");
  });

  it("says the same in JSON", () => {
    const { stdout } = ask(...ada, ...noteOf({ ownerId: "bob" }), "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      explanation: { outcome: "deny", status: 403, reason: "forbidden" },
      conditions: {
        outcome: "deny",
        cause: "condition",
        clauses: [
          {
            permission: "notes.edit",
            effect: "grant",
            holds: false,
            atoms: [
              { text: "resource.ownerId == principal.id", value: false },
              { text: "!resource.locked", value: true },
            ],
            unmet: ["resource.ownerId == principal.id"],
          },
        ],
      },
    });
  });

  it.each([
    ["--resource={", "`--resource` is not JSON"],
    ["--resource=[]", "`--resource` is not a JSON object"],
    [
      `--resource={"ownerId":1}`,
      "attribute `editedAt` of `--resource` is not what the policy declares",
    ],
  ])("refuses %s", (option, message) => {
    const { status, stderr } = ask(...ada, option);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });

  it("lists who passes under conditions", () => {
    const { stdout } = runGatewright(conditional, ["who-can", "PUT", "/notes/1"]);
    expect(stdout).toContain("roles that pass if a condition holds:\n  writer\n");
  });
});

describe("gatewright explain with headers and an address", () => {
  const strict = createProject({
    ...desk,
    "policies/strict.yaml": `gatewright: 1
resources:
  notes: { actions: [read, edit], attributes: { ownerId: string } }
  pages: { actions: [read], attributes: { ownerId: string } }
request: { headers: [x-desk], query: [draft] }
roles:
  writer:
    grants:
      - { permission: notes.read, when: "has(request.headers.\`x-desk\`) && request.headers['x-desk'] == 'north'" }
      - { permission: notes.edit, when: "has(request.ip) && request.ip == '10.0.0.7'" }
      - { permission: pages.read, when: resource.ownerId == principal.id }
      - { permission: notes.read, when: "has(request.query.draft) && resource.ownerId == principal.id" }
routes:
  /notes/:id:
    GET: notes.read
    PUT: notes.edit
    POST: [notes.read, pages.read]
`,
  });
  const writer = { sub: "ada", roles: ["writer"] };
  const ask = (method: string, ...args: readonly string[]) =>
    runGatewright(strict, ["explain", method, "/notes/1", ...args]);
  const resource = ["--resource", '{"ownerId":"bob"}'];

  it("reads the headers that the policy names, and says which it does not", () => {
    const { status, stdout } = ask(
      "GET",
      ...claims(writer),
      ...resource,
      "--header=X-Desk: north",
      "--header=authorization: Bearer secret",
    );
    expect(status).toBe(0);
    expect(stdout).toContain("writer: allow\n");
    expect(stdout).toContain(
      "the policy names no header `authorization` under `request`, it is ignored\n",
    );
    expect(stdout).not.toContain("secret");
  });

  it.each<readonly [string, readonly string[]]>([
    ["none", []],
    ["another value", ["--header=x-desk: south"]],
    ["one twice", ["--header=x-desk: north", "--header=X-Desk: north"]],
  ])("refuses with %s as the gate does", (_, headers) => {
    const { status, stdout } = ask("GET", ...claims(writer), ...resource, ...headers);
    expect(status).toBe(3);
    expect(stdout).toContain("deny 403 forbidden\n  no condition of a grant holds\n");
  });

  it("names ignored headers in JSON, each once", () => {
    const headers = ["--header=a: 1", "--header=A:2", "--header=x-desk: north"];
    const { stdout } = ask("GET", ...claims(writer), ...resource, ...headers, "--json");
    expect(JSON.parse(stdout).ignoredHeaders).toEqual(["a"]);
  });

  it("refuses what is no header, and does not repeat it", () => {
    const { status, stderr } = ask("GET", "--header=x: 1", "--header", "Bearer secret");
    expect(status).toBe(2);
    expect(stderr).toContain("`--header` number 2 is not `name: value`");
    expect(stderr).not.toContain("secret");
  });

  it("leaves open what rests on an address that nobody said", () => {
    const open = ask("PUT", ...claims(writer));
    expect([open.status, open.stdout]).toEqual([
      3,
      expect.stringContaining("writer: depends on conditions\n"),
    ]);
    expect(open.stdout).toContain("request.ip == '10.0.0.7' (policies/strict.yaml:10): open\n");
    expect(ask("PUT", ...claims(writer), "--ip=10.0.0.7").status).toBe(0);
    expect(ask("PUT", ...claims(writer), "--ip=10.0.0.8").stdout).toContain("deny 403 forbidden");
  });

  it("knows one resource, and leaves open what another decides", () => {
    const { status, stdout } = ask(
      "POST",
      ...claims(writer),
      ...resource,
      "--header=x-desk: north",
    );
    expect(status).toBe(3);
    expect(stdout).toContain("depends on conditions\n");
  });
});
