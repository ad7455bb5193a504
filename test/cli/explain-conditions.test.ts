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
say more with \`--claims\` and \`--resource\` to have it decided
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
