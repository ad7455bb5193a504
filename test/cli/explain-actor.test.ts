import { describe, expect, it } from "vitest";
import { createProject, desk } from "./create-project.js";
import { runGatewright } from "./run-gatewright.js";

/** The desk with this under `principal.actor`, and a vault whose conditions read who acts. */
function projectWith(actor: string | undefined, more = ""): string {
  const access = (desk["policies/access.yaml"] ?? "").replace(
    "principal:\n",
    actor === undefined ? "principal:\n" : `principal:\n  actor: ${actor}\n`,
  );
  return createProject({
    ...desk,
    "policies/access.yaml": access.replace("keys: {", `${more}keys: {`),
    "policies/vaults.yaml": `gatewright: 1
resources:
  vaults: { actions: [open, seal], attributes: { ownerId: string } }
roles:
  keeper: { grants: [vaults.open, vaults.seal] }
  helper: { grants: [{ permission: vaults.open, when: resource.ownerId == principal.id }] }
routes:
  /vaults/:id:
    GET: vaults.open
    POST: vaults.seal
`,
  });
}

const bound = projectWith("{}");
const loose = projectWith("{ permissions: subject }");
const silent = projectWith(undefined);
const explainIn = (folder: string, ...args: readonly string[]) =>
  runGatewright(folder, ["explain", ...args]);
const jsonIn = (folder: string, ...args: readonly string[]) =>
  JSON.parse(explainIn(folder, ...args, "--json").stdout);
const claims = (value: object) => ["--claims", JSON.stringify({ sub: "ada", ...value })];
const refund = ["POST", "/orders/7/refund"] as const;

describe("gatewright explain of a token with an actor", () => {
  it("names the actor, and the roles that are lost by it", () => {
    const act = { sub: "till", roles: ["clerk"] };
    expect(explainIn(bound, ...refund, ...claims({ roles: ["manager"], act }))).toEqual({
      status: 3,
      stderr: "",
      stdout: `POST /orders/7/refund as manager, by the actor till as clerk: deny 403 forbidden
  whoever acts for the principal may not do this
route POST /orders/:orderId/refund (policies/orders.yaml:17)
needs orders.read (policies/orders.yaml:4): granted
  granted to manager through clerk (policies/access.yaml:4)
needs orders.refund (policies/orders.yaml:4): granted
  granted to manager (policies/access.yaml:7)
of the actor:
  orders.read granted to clerk (policies/access.yaml:4)
lost by the actor: orders.refund of manager
roles that pass alone: manager
`,
    });
  });

  it("says the same in JSON", () => {
    const act = { sub: "till", iss: "https://sts.example", roles: ["auditor"] };
    const answer = jsonIn(bound, ...refund, ...claims({ iss: "i", roles: ["manager"], act }));
    expect(answer.caller).toEqual({ kind: "claims", roles: ["manager"] });
    expect(answer.actor).toEqual({
      id: "till",
      issuer: "https://sts.example",
      roles: ["auditor"],
      permissions: "intersection",
      clauses: [
        {
          permission: "orders.read",
          effect: "grant",
          role: "auditor",
          writtenIn: "auditor",
          at: "policies/access.yaml:9",
          conditional: false,
        },
        {
          permission: "orders.refund",
          effect: "deny",
          role: "auditor",
          writtenIn: "auditor",
          at: "policies/access.yaml:10",
          conditional: false,
        },
      ],
      lost: [{ permission: "orders.refund", roles: ["manager"] }],
    });
    expect(answer.explanation).toMatchObject({
      outcome: "deny",
      status: 403,
      reason: "forbidden",
      actorPermissions: [
        { name: "orders.read", grantedBy: ["auditor"], deniedBy: [] },
        { name: "orders.refund", grantedBy: [], deniedBy: ["auditor"] },
      ],
    });
  });

  it.each([
    ["both may", ["manager"], ["manager"], 200, "granted"],
    ["the subject may not", ["clerk"], ["manager"], 403, "forbidden"],
    ["the actor may not", ["manager"], ["clerk"], 403, "forbidden"],
    ["the actor has no role", ["manager"], [], 403, "forbidden"],
    ["the actor is denied", ["manager"], ["manager", "auditor"], 403, "forbidden"],
  ])("asks what both may do: %s", (_, roles, acting, status, reason) => {
    const act = { sub: "till", roles: acting };
    const { explanation } = jsonIn(bound, ...refund, ...claims({ roles, act }));
    expect(explanation).toMatchObject({ status, reason });
  });

  it("takes the actor's roles beside `--role`", () => {
    const held = ["--role", "manager", "--actor-role", "clerk", "--actor-role", "clrek"];
    const { status, stdout } = explainIn(bound, ...refund, ...held);
    expect(status).toBe(3);
    expect(stdout).toContain("as manager, by an actor as clerk, clrek: deny 403 forbidden\n");
    expect(stdout).toContain("\nlost by the actor: orders.refund of manager\n");
    expect(stdout).toContain("no role `clrek`, it gives nothing; did you mean `clerk`?");
    expect(explainIn(bound, "GET", "/orders", ...held).status).toBe(0);
  });

  it("says so where the policy lets the caller's roles count alone", () => {
    const act = { sub: "till" };
    const { status, stdout } = explainIn(loose, ...refund, ...claims({ roles: ["manager"], act }));
    expect(status).toBe(0);
    expect(stdout).toContain("as manager, by the actor till without any role: allow\n");
    expect(stdout).toContain("\nthe policy lets the caller's roles count alone\n");
    const answer = jsonIn(loose, ...refund, "--role", "manager", "--actor-role", "clerk");
    expect(answer.actor).toMatchObject({ id: null, permissions: "subject", lost: [] });
  });

  it("needs no permission of the actor where the route needs none", () => {
    const act = { sub: "till" };
    expect(explainIn(bound, "GET", "/me", ...claims({ act })).stdout).toBe(
      `GET /me without any role, by the actor till without any role: allow
  the route asks for a principal and no permission
route GET /me (policies/orders.yaml:9)
`,
    );
  });

  it("asks both for conditions", () => {
    const act = { sub: "till", roles: ["helper"] };
    const asked = ["GET", "/vaults/1", ...claims({ roles: ["keeper"], act })];
    const open = explainIn(bound, ...asked);
    expect(open.status).toBe(3);
    expect(open.stdout).toContain("depends on conditions");
    const own = explainIn(bound, ...asked, "--resource", '{"ownerId":"ada"}');
    expect(own.stdout).toContain(": allow\n  the roles pass, and so do the conditions\n");
    const other = explainIn(bound, ...asked, "--resource", '{"ownerId":"bob"}');
    expect(other.stdout).toContain("deny 403 forbidden\n  no condition of a grant holds\n");
    expect(other.stdout).toContain(
      "grant of vaults.open in helper of the actor (policies/vaults.yaml:6): does not hold\n",
    );
    expect(other.stdout).toContain("it would pass if `resource.ownerId == principal.id` held\n");
    const alone = explainIn(loose, ...asked, "--resource", '{"ownerId":"bob"}');
    expect(alone.status).toBe(0);
  });

  it.each([
    [{ act: null }, "the claim `act` is not an object"],
    [{ act: "till" }, "the claim `act` is not an object"],
    [{ act: {} }, "the claim `act.sub` is not a non-empty string"],
    [{ act: { sub: "till", roles: "clerk" } }, "the claim `act.roles` is not a list of role names"],
  ])("answers an actor that does not fit with 401: %j", (more, detail) => {
    const asked = ["GET", "/orders", ...claims({ roles: ["clerk"], ...more })];
    expect(jsonIn(bound, ...asked).explanation).toMatchObject({
      status: 401,
      reason: "invalid-token",
      detail,
    });
    expect(explainIn(bound, ...asked).stdout).toContain("with claims that do not fit: deny 401");
  });

  it.each([
    ["of claims", claims({ roles: ["manager"], act: { sub: "till", roles: ["manager"] } })],
    ["of roles", ["--role", "manager", "--actor-role", "manager"]],
  ])("is 401 where the policy says nothing of actors: %s", (_, caller) => {
    const answer = jsonIn(silent, ...refund, ...caller);
    expect(answer).toMatchObject({
      exitCode: 3,
      caller: { roles: null, cause: "claim:act" },
      explanation: { outcome: "deny", status: 401, reason: "invalid-token" },
    });
    expect(answer).not.toHaveProperty("actor");
    expect(explainIn(silent, ...refund, ...caller).stdout).toContain(
      "  the token says who acts for its subject (`act`), and the policy has no `principal.actor`\n",
    );
    // A target that is refused, and a route that reads no token, are answered before.
    expect(jsonIn(silent, "GET", "/a//b", ...caller).explanation.reason).toBe("invalid-target");
    expect(jsonIn(silent, "GET", "/health", ...caller).explanation.reason).toBe("public");
  });

  it.each([
    [["--actor-role", "clerk"], "say with `--role` whom the actor acts for"],
    [["--actor-role", "clerk", "--anonymous"], "say with `--role` whom the actor acts for"],
    [["--actor-role", "clerk", "--claims", "{}"], "put the actor into them, as `act`"],
  ])("points out a slip of the hand: %j", (args, said) => {
    const { status, stdout, stderr } = explainIn(bound, "GET", "/me", ...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain(said);
  });
});

describe("gatewright explain of a token that is bound to a key", () => {
  const asked = ["GET", "/orders", ...claims({ roles: ["clerk"], cnf: { jkt: "x" } })];

  it("is 401 where the policy takes no proofs", () => {
    const answer = jsonIn(silent, ...asked);
    expect(answer.caller.cause).toBe("claim:cnf");
    expect(answer.explanation).toMatchObject({ status: 401, reason: "invalid-token" });
    expect(explainIn(silent, ...asked).stdout).toContain("and the policy has no `dpop` for its");
  });

  it("is taken as proved where it does", () => {
    const folder = projectWith(undefined, "dpop: allowed\n    ");
    const first = "https://id.example";
    const named = claims({ iss: first, roles: ["clerk"], cnf: { jkt: "x" } });
    expect(explainIn(folder, ...asked).status).toBe(0);
    expect(explainIn(folder, "GET", "/orders", ...named).status).toBe(0);
  });
});
