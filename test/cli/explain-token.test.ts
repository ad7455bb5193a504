import { describe, expect, it } from "vitest";
import { createProject, desk } from "./create-project.js";
import { runGatewright } from "./run-gatewright.js";

const project = createProject({
  ...desk,
  "policies/guarded.yaml": `gatewright: 1
resources:
  vaults: { actions: [read, open], attributes: { ownerId: string } }
roles:
  keeper:
    grants:
      - vaults.read
      - { permission: vaults.open, when: resource.ownerId == principal.id }
routes:
  /vaults/:id:
    scopes: [vaults, "vaults:read"]
    GET: vaults.read
    POST: { permissions: vaults.open, stepUp: { acr: [urn:mfa, urn:hwk], maxAge: 5m } }
  /profile:
    GET: { access: authenticated, scopes: profile }
`,
});
const ask = (...args: readonly string[]) => runGatewright(project, ["explain", ...args]);

/** Claims of a keeper with the scopes of the vaults, in the option. */
function keeper(more: object = {}): readonly string[] {
  const scope = "vaults vaults:read";
  return ["--claims", JSON.stringify({ sub: "ada", roles: ["keeper"], scope, ...more })];
}

const mine = ["--resource", '{"ownerId":"ada"}'];
const fresh = () => ({ acr: "urn:hwk", auth_time: Math.floor(Date.now() / 1000) });

describe("gatewright explain of what a route asks of the token", () => {
  it("leaves it open where no claims are said, and does not allow", () => {
    expect(ask("GET", "/vaults/1", "--role", "keeper")).toEqual({
      status: 3,
      stderr: "",
      stdout: `GET /vaults/1 as keeper: depends on the token
  the roles pass; the scopes and the sign-in of the token decide
route GET /vaults/:id (policies/guarded.yaml:12)
needs vaults.read (policies/guarded.yaml:3): granted
  granted to keeper (policies/guarded.yaml:7)
needs the scopes vaults and vaults:read: open
say more with \`--claims\` to have it decided
`,
    });
  });

  it.each<readonly [string, readonly string[], string, string]>([
    [
      "a missing scope",
      ["GET", "/vaults/1", ...keeper({ scope: "vaults" })],
      "deny 403 insufficient-scope",
      "needs the scopes vaults and vaults:read: not met",
    ],
    [
      "a missing scope before a weak sign-in",
      ["POST", "/vaults/1", ...keeper({ scope: "vaults" }), ...mine],
      "deny 403 insufficient-scope",
      "needs a sign-in by urn:mfa or urn:hwk, 300 s old at most: not met",
    ],
    [
      "an old sign-in",
      ["POST", "/vaults/1", ...keeper({ ...fresh(), auth_time: 1 }), ...mine],
      "deny 401 insufficient-user-authentication",
      "needs a sign-in by urn:mfa or urn:hwk, 300 s old at most: not met",
    ],
    [
      "a weak sign-in, before conditions",
      ["POST", "/vaults/1", ...keeper({ ...fresh(), acr: "urn:pwd" })],
      "deny 401 insufficient-user-authentication",
      "resource.ownerId == principal.id (policies/guarded.yaml:8): open",
    ],
    [
      "conditions behind a good sign-in",
      ["POST", "/vaults/1", ...keeper(fresh()), "--resource", '{"ownerId":"bob"}'],
      "deny 403 forbidden",
      "no condition of a grant holds",
    ],
    [
      "a missing scope of a route without permissions",
      ["GET", "/profile", ...keeper()],
      "deny 403 insufficient-scope",
      "needs the scopes profile: not met",
    ],
  ])("refuses %s", (_, args, verdict, line) => {
    const { status, stdout } = ask(...args);
    expect(status).toBe(3);
    expect(stdout.split("\n")[0]).toContain(verdict);
    expect(stdout).toContain(line);
  });

  it("allows what the token and the conditions allow", () => {
    const read = ask("GET", "/vaults/1", ...keeper());
    expect(read.stdout).toContain("allow\n  the roles pass, and so does the token\n");
    const opened = ask("POST", "/vaults/1", ...keeper(fresh()), ...mine);
    expect(opened.stdout).toContain("and so do the token and the conditions\n");
    expect([read.status, opened.status]).toEqual([0, 0]);
  });

  it("says the same in JSON", () => {
    const { stdout } = ask("GET", "/vaults/1", ...keeper({ scope: "" }), "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      exitCode: 3,
      explanation: { outcome: "deny", status: 403, reason: "insufficient-scope" },
      token: { scopes: ["vaults", "vaults:read"], hasScopes: false, acr: [], maxAgeSeconds: null },
      conditions: null,
    });
  });
});

describe("gatewright who-can", () => {
  it("says what the token needs besides, and that no role passes by itself", () => {
    const { status, stdout } = runGatewright(project, ["who-can", "GET", "/vaults/1"]);
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: `GET /vaults/1: route GET /vaults/:id (policies/guarded.yaml:12)
roles that pass alone: none
roles that pass if a condition holds:
  keeper
roles that need another beside them: none
besides, the token needs the scopes vaults and vaults:read
`,
    });
  });
});
