import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findUnprintable } from "../hostile/read-emitted.js";
import { createProject, desk } from "./create-project.js";
import { runGatewright } from "./run-gatewright.js";

const project = createProject();
const explain = (...args: readonly string[]) => runGatewright(project, ["explain", ...args]);
const explainJson = (...args: readonly string[]) => {
  const run = explain(...args, "--json");
  expect(run.stderr).toBe("");
  const value = JSON.parse(run.stdout);
  expect(value.exitCode).toBe(run.status);
  return value;
};

const claims = (value: object) => ["--claims", JSON.stringify(value)];

describe("gatewright explain", () => {
  it("says in text what is decided, by which rule and why", () => {
    const run = explain("POST", "/orders/7/refund", "--role", "manager", "--role", "auditor");
    expect(run).toEqual({
      status: 3,
      stderr: "",
      stdout: `POST /orders/7/refund as manager, auditor: deny 403 forbidden
  no role of the principal allows this
route POST /orders/:orderId/refund (policies/orders.yaml:17)
needs orders.read (policies/orders.yaml:4): granted
  granted to manager through clerk (policies/access.yaml:4)
  granted to auditor (policies/access.yaml:9)
needs orders.refund (policies/orders.yaml:4): denied
  denied to auditor (policies/access.yaml:10)
  granted to manager (policies/access.yaml:7)
roles that pass alone: manager
`,
    });
  });

  it("shows the deny that decides, however many lines grant", () => {
    const roles = Array.from({ length: 30 }, (_, n) => `  r${n}: { grants: [orders.read] }\n`);
    const folder = createProject({
      ...desk,
      "policies/more.yaml": `gatewright: 1\nroles:\n${roles.join("")}  zero: { denies: [orders.read] }\n`,
    });
    const held = [...roles.map((_, n) => `--role=r${n}`), "--role=zero"];
    const { status, stdout } = runGatewright(folder, ["explain", "GET", "/orders", ...held]);
    expect(status).toBe(3);
    expect(stdout).toContain(
      "needs orders.read (policies/orders.yaml:4): denied\n  denied to zero (policies/more.yaml:33)\n",
    );
    expect(stdout).toContain("\n  and 21 more\n");
  });

  it("says the same in JSON", () => {
    const answer = explainJson("POST", "/orders/7/refund?x=1", "--role=clerk", "--role=auditr");
    expect(answer).toEqual({
      command: "explain",
      exitCode: 3,
      diagnostics: [],
      request: { method: "POST", target: "/orders/7/refund?x=1" },
      caller: { kind: "roles", roles: ["clerk", "auditr"] },
      explanation: {
        outcome: "deny",
        status: 403,
        reason: "forbidden",
        detail: "no role of the principal allows this",
        route: "POST /orders/:orderId/refund",
        rule: "policies/orders.yaml:17",
        permissions: [
          {
            name: "orders.read",
            at: "policies/orders.yaml:4",
            grantedBy: ["clerk"],
            deniedBy: [],
          },
          { name: "orders.refund", at: "policies/orders.yaml:4", grantedBy: [], deniedBy: [] },
        ],
        allowedMethods: [],
        unknownRoles: ["auditr"],
      },
      clauses: [
        {
          permission: "orders.read",
          effect: "grant",
          role: "clerk",
          writtenIn: "clerk",
          at: "policies/access.yaml:4",
          conditional: false,
        },
      ],
      token: null,
      conditions: null,
      ignoredHeaders: [],
      unknownRoles: [{ name: "auditr", suggestion: "auditor" }],
    });
  });

  it.each([
    ["GET /health", [], 0, 200, "public"],
    ["GET /me", [], 3, 401, "missing-credentials"],
    ["GET /me", ["--anonymous"], 3, 401, "missing-credentials"],
    ["GET /me", ["--role", "clerk"], 0, 200, "authenticated"],
    ["GET /me", claims({ sub: "ada" }), 0, 200, "authenticated"],
    ["GET /orders", claims({ sub: "ada" }), 3, 403, "forbidden"],
    ["GET /orders", claims({ sub: "ada", roles: ["clerk"] }), 0, 200, "granted"],
    ["HEAD /orders?page=2", ["--role", "clerk"], 0, 200, "granted"],
    ["POST /orders/7/refund", ["--role", "manager"], 0, 200, "granted"],
    ["GET /orders/x", ["--role", "clerk"], 3, 400, "invalid-parameter"],
    ["GET /orders//7", ["--role", "clerk"], 3, 400, "invalid-target"],
    ["GET /orders/%2e%2e/me", [], 3, 400, "invalid-target"],
    ["GET /orders/7?next=#top", ["--role", "clerk"], 3, 400, "invalid-target"],
    ["GET /nowhere", [], 3, 401, "missing-credentials"],
    ["GET /nowhere", ["--role", "clerk"], 3, 404, "not-found"],
    ["PUT /orders", ["--role", "clerk"], 3, 405, "method-not-allowed"],
    ["PUT /orders", ["--role", "nobody"], 3, 404, "not-found"],
  ] as const)("decides %s with %j: exit %d, %d %s", (asked, options, exit, status, reason) => {
    const answer = explainJson(...asked.split(" "), ...options);
    const { explanation } = answer;
    expect({
      exit: answer.exitCode,
      status: explanation.status,
      reason: explanation.reason,
    }).toEqual({ exit, status, reason });
    expect(explanation.outcome).toBe(exit === 0 ? "allow" : "deny");
  });

  it("lists what the caller may send instead", () => {
    const { stdout } = explain("PUT", "/orders", "--role", "clerk");
    expect(stdout).toContain("deny 405 method-not-allowed");
    expect(stdout).toContain("\nthis caller may send GET, HEAD\n");
  });

  it("warns of a role that the policy does not know", () => {
    const { stdout, status } = explain("GET", "/orders", "--role", "clrek");
    expect(status).toBe(3);
    expect(stdout).toContain(
      "the policy has no role `clrek`, it gives nothing; did you mean `clerk`?",
    );
  });

  it("works beside an output folder that does not fit, and beside none", () => {
    expect(explain("GET", "/health").status).toBe(0);
    const folder = createProject({ ...desk, "generated/guards.ts": "no code" });
    expect(runGatewright(folder, ["explain", "GET", "/health"]).status).toBe(0);
  });

  it("reports a policy that does not compile", () => {
    const folder = createProject({ ...desk, "policies/more.yaml": "gatewright: 2\n" });
    const text = runGatewright(folder, ["explain", "GET", "/health"]);
    expect(text.status).toBe(1);
    expect(text.stdout).toContain("error[bad-value]");
    const json = runGatewright(folder, ["explain", "GET", "/health", "--json"]);
    expect(json.status).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      exitCode: 1,
      diagnostics: [{ code: "bad-value", file: "policies/more.yaml" }],
      request: { method: "GET", target: "/health" },
      explanation: null,
    });
  });

  it("leaves warnings of the policy to lint, but not in JSON", () => {
    const folder = createProject({
      ...desk,
      "policies/more.yaml": "gatewright: 1\nroles: { boss: {} }\n",
    });
    expect(runGatewright(folder, ["explain", "GET", "/health"]).stdout).not.toContain("warning");
    const { stdout } = runGatewright(folder, ["explain", "GET", "/health", "--json"]);
    expect(JSON.parse(stdout).diagnostics).toMatchObject([{ code: "unused-role" }]);
  });
});

describe("the claims of gatewright explain", () => {
  it("are read from a file", () => {
    writeFileSync(join(project, "claims.json"), '\ufeff{ "sub": "ada", "roles": ["manager"] }\n');
    const answer = explainJson("POST", "/orders/7/refund", "--claims", "@claims.json");
    expect(answer.caller).toEqual({ kind: "claims", roles: ["manager"] });
    expect(answer.explanation.outcome).toBe("allow");
  });

  it.each([
    [{ roles: ["clerk"] }, "the claim `sub` is not a non-empty string"],
    [{ sub: "ada", roles: "clerk" }, "the claim `roles` is not a list of role names"],
    [{ sub: "ada", roles: ["clerk"], shift: "late" }, "the claim `shift` is not int"],
  ])("that do not fit are answered with 401: %j", (value, detail) => {
    const answer = explainJson("GET", "/orders", ...claims(value));
    expect(answer.exitCode).toBe(3);
    expect(answer.explanation).toMatchObject({ status: 401, reason: "invalid-token", detail });
    expect(explain("GET", "/orders", ...claims(value)).stdout).toContain(
      `GET /orders with claims that do not fit: deny 401 invalid-token\n  ${detail}\n`,
    );
  });

  it("that do not fit change nothing where nobody reads them", () => {
    expect(explainJson("GET", "/health", ...claims({})).explanation.reason).toBe("public");
    expect(explainJson("GET", "/a//b", ...claims({})).explanation.reason).toBe("invalid-target");
  });

  it("may hold roles of other services", () => {
    const answer = explainJson("GET", "/orders", ...claims({ sub: "ada", roles: ["clerk", "x"] }));
    expect(answer.explanation.outcome).toBe("allow");
    expect(answer.unknownRoles).toEqual([{ name: "x", suggestion: null }]);
  });

  it("cannot say the roles where the application does", () => {
    const access = (desk["policies/access.yaml"] ?? "").replace(
      "principal:\n  roles: roles\n",
      "principal:\n  from: application\n",
    );
    const folder = createProject({ ...desk, "policies/access.yaml": access });
    const run = runGatewright(folder, ["explain", "GET", "/me", ...claims({ sub: "ada" })]);
    expect(run.status).toBe(2);
    expect(run.stderr).toContain("the policy takes roles from the application, not from claims");
    expect(run.stderr).toContain("say them with `--role`");
    const byRole = runGatewright(folder, ["explain", "GET", "/orders", "--role", "clerk"]);
    expect(byRole.status).toBe(0);
  });

  const secret = "c2VjcmV0";

  it.each([
    ["a token", `eyJhbGciOiJub25lIn0.${secret}.${secret}`, "this looks like a token"],
    ["broken JSON", `{"sub":"${secret}"`, "`--claims` is not JSON"],
    ["a list", `["${secret}"]`, "`--claims` is not a JSON object"],
    ["null", "null", "`--claims` is not a JSON object"],
    [
      "a file that is not there",
      "@nowhere.json",
      "the claims file `nowhere.json` cannot be read (ENOENT)",
    ],
    ["a folder", "@policies", "the claims file `policies` cannot be read (EISDIR)"],
  ])("are refused where they are %s, without repeating them", (_, value, said) => {
    const { status, stdout, stderr } = explain("GET", "/me", "--claims", value);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain(said);
    expect(stderr).not.toContain(secret);
  });
});

describe("a slip of the hand in gatewright explain", () => {
  it.each([
    [["get", "/orders"], "`get` is no method of HTTP\n  did you mean `GET`?"],
    [["GTE", "/orders"], "`GTE` is no method of HTTP\n  did you mean `GET`?"],
    [["/orders", "GET"], "`/orders` is no method of HTTP\n  write the method, then the path"],
    [["GET", "orders/7"], "the path `orders/7` does not begin with `/`\n  write `/orders/7`"],
    [["GET", "https://x.example/a?b"], "does not begin with `/`\n  write `/a?b`"],
    [["GET", "https://x.example"], "does not begin with `/`\n  write `/`"],
    [["OPTIONS", "*"], "the path `*` does not begin with `/`\n"],
    [["GET", ""], "PATH is empty\n  write `/` for the root"],
    [["GET"], "PATH is missing"],
    [[], "METHOD is missing\ngatewright: PATH is missing"],
    [["GET", "/a", "b"], "`b` is one argument too many\n  quote what holds spaces"],
    [["GET", "/a", "--role"], "`--role` has no value\n  write `--role NAME`"],
    [["GET", "/a", "--role", "--json"], "`--role` has no value, unless an option was meant as one"],
    [["GET", "/a", "--role="], "`--role` has no value"],
    [["GET", "/a", "--claims", "{}", "--role=x"], "`--role` and `--claims` both say which roles"],
    [["GET", "/a", "--anonymous", "--role=x"], "`--anonymous` has neither roles nor claims"],
    [["GET", "/a", "--anonymous", "--claims={}"], "`--anonymous` has neither roles nor claims"],
    [
      ["GET", "/a", "--claims={}", "--claims={}"],
      "`--claims` is given twice\n  keep one of the two",
    ],
    [["GET", "/a", "--rol", "clerk"], "unknown option `--rol`\n  did you mean `--role`?"],
  ])("is pointed out: %j", (args, said) => {
    const { status, stdout, stderr } = explain(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain(`gatewright: ${said.startsWith("does") ? "the path `" : ""}`);
    expect(stderr).toContain(said);
    expect(stderr).toMatch(/\nrun `npx gatewright explain --help` for more\n$/);
  });

  it("is shown without what would move the cursor", () => {
    const { stderr } = explain("GET", "a\u001b[2J\u202e");
    expect(stderr).toContain("`a\\u001b[2J\\u202e`");
    expect(findUnprintable(stderr)).toBeUndefined();
  });
});
