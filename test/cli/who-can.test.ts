import { describe, expect, it } from "vitest";
import { createProject, desk } from "./create-project.js";
import { runGatewright } from "./run-gatewright.js";

const project = createProject();
const whoCan = (...args: readonly string[]) => runGatewright(project, ["who-can", ...args]);

describe("gatewright who-can", () => {
  it("lists roles that pass alone and roles that need another", () => {
    expect(whoCan("POST", "/orders/7/refund")).toEqual({
      status: 0,
      stderr: "",
      stdout: `POST /orders/7/refund: route POST /orders/:orderId/refund (policies/orders.yaml:17)
roles that pass alone:
  manager
roles that pass if a condition holds: none
roles that need another beside them:
  clerk, for orders.refund
`,
    });
  });

  it("says the same in JSON", () => {
    const { status, stdout, stderr } = whoCan("POST", "/orders/7/refund", "--json");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(JSON.parse(stdout)).toEqual({
      command: "who-can",
      exitCode: 0,
      diagnostics: [],
      request: { method: "POST", target: "/orders/7/refund" },
      reach: {
        status: 200,
        route: "POST /orders/:orderId/refund",
        rule: "policies/orders.yaml:17",
        access: "permissions",
        roles: ["manager"],
        conditionalRoles: [],
        partialRoles: [{ role: "clerk", missing: ["orders.refund"] }],
      },
    });
  });

  it.each([
    ["GET /health", 0, "  anybody, without credentials\n"],
    ["GET /me", 0, "  every authenticated caller, with or without roles\n"],
    ["GET /orders", 0, "  auditor\n  clerk\n  manager\n"],
    ["PUT /orders", 3, "PUT /orders: nobody can, the path is known under other methods\n"],
    ["GET /nowhere", 3, "GET /nowhere: nobody can, no route has this path\n"],
    ["GET /a//b", 3, "GET /a//b: nobody can, the gate refuses this target with 400\n"],
  ])("answers %s: exit %d", (asked, exit, said) => {
    const { status, stdout, stderr } = whoCan(...asked.split(" "));
    expect({ status, stderr }).toEqual({ status: exit, stderr: "" });
    expect(stdout).toContain(said);
  });

  it("says in JSON that nobody can", () => {
    const { status, stdout } = whoCan("GET", "/nowhere", "--json");
    expect(status).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({
      exitCode: 3,
      reach: { status: 404, route: null, access: "none", roles: [], partialRoles: [] },
    });
  });

  it("reports a policy that does not compile", () => {
    const folder = createProject({ ...desk, "policies/more.yaml": "gatewright: 1\nroles: [}" });
    const { status, stdout } = runGatewright(folder, ["who-can", "GET", "/me", "--json"]);
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      exitCode: 1,
      diagnostics: [{ code: "yaml-syntax" }],
      reach: null,
    });
    expect(runGatewright(folder, ["who-can", "GET", "/me"]).stdout).toContain("error[yaml-syntax]");
  });

  it.each([
    [["get", "/me"], "did you mean `GET`?"],
    [["GET", "me"], "write `/me`"],
    [["GET", ""], "PATH is empty"],
    [["GET"], "PATH is missing"],
    [["GET", "/me", "--role", "clerk"], "unknown option `--role`"],
  ])("points out a slip of the hand: %j", (args, said) => {
    const { status, stdout, stderr } = whoCan(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain(said);
    expect(stderr).toMatch(/\nrun `npx gatewright who-can --help` for more\n$/);
  });
});
