import { describe, expect, it } from "vitest";
import { createProject, desk } from "./create-project.js";
import { runGatewright } from "./run-gatewright.js";

const access = (desk["policies/access.yaml"] ?? "").replace(
  "tokens:\n",
  `tokens:
  guests:
    issuer: https://guests.example
    audience: desk
    algorithms: [ES256]
    keys: { environment: GUEST_KEYS }
`,
);

const project = createProject({
  ...desk,
  "policies/access.yaml": access,
  "policies/strategies.yaml": `gatewright: 1
resources:
  builds: { actions: [run] }
roles:
  deployer: { grants: [builds.run] }
routes:
  /builds:
    authentication: machines
    POST: builds.run
  /shared:
    GET: { permissions: orders.read, authentication: [users, sessions, partners] }
  /guests:
    GET: { access: authenticated, authentication: everybody }
  /hello:
    GET: { access: public, identity: optional }
  /console:
    GET: { access: authenticated, authentication: operators }
authentication:
  default: users
  strategies:
    users: { tokens: desk }
    everybody: { tokens: [desk, guests] }
    sessions: { opaque: { store: redis, pepper: { environment: PEPPER } } }
    machines:
      allowList:
        pepper: { environment: PEPPER }
        tokens:
          nightly:
            digest: hmac-sha256:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8
            claims: { sub: nightly, roles: [deployer] }
    partners: { application: { header: X-Api-Key } }
    operators: { application: true }
`,
});
const ask = (...args: readonly string[]) => runGatewright(project, args);
const json = (...args: readonly string[]) => JSON.parse(ask(...args, "--json").stdout);
const clerk = (iss?: string) => [
  "--claims",
  JSON.stringify({ sub: "ada", roles: ["clerk"], ...(iss === undefined ? {} : { iss }) }),
];

describe("gatewright explain of a policy with strategies", () => {
  it("names those that the route takes", () => {
    expect(ask("explain", "GET", "/shared", "--role", "clerk")).toEqual({
      status: 0,
      stderr: "",
      stdout: `GET /shared as clerk: allow
  every permission that the route needs is granted and none is denied
route GET /shared (policies/strategies.yaml:11)
takes credentials of partners (application by the header x-api-key) or sessions (opaque) or users (tokens of desk)
needs orders.read (policies/orders.yaml:4): granted
  granted to clerk (policies/access.yaml:4)
`,
    });
    expect(json("explain", "GET", "/shared").strategies).toEqual([
      { name: "partners", kind: "application", issuers: [], header: "x-api-key" },
      { name: "sessions", kind: "opaque", issuers: [], header: null },
      { name: "users", kind: "tokens", issuers: ["desk"], header: null },
    ]);
  });

  it.each([
    ["GET /hello", ["users"], "a public route that reads them if it can"],
    ["GET /health", [], "a public route"],
    ["GET /nowhere", ["users"], "a path that meets no route"],
    ["GET /a//b", [], "a target that is refused"],
    ["POST /builds", ["machines"], "a route with a strategy of its own"],
  ])("of %s: %j, for %s", (asked, names) => {
    const { strategies } = json("explain", ...asked.split(" "));
    expect(strategies.map(({ name }: { readonly name: string }) => name)).toEqual(names);
  });

  it.each<readonly [string, readonly string[], string, string, string]>([
    [
      "a token of an issuer that the route does not take",
      ["GET", "/orders", ...clerk("https://guests.example")],
      "invalid-token",
      "issuer",
      "the route takes no tokens of this issuer",
    ],
    [
      "a token of an issuer that the policy does not know",
      ["GET", "/guests", ...clerk("https://evil.example")],
      "invalid-token",
      "issuer",
      "the route takes no tokens of this issuer",
    ],
    [
      "a JWT where none is taken",
      ["POST", "/builds", ...clerk("https://id.example")],
      "invalid-token",
      "strategy",
      "the route takes no JWTs",
    ],
    [
      "another strategy",
      ["POST", "/builds", "--role", "deployer", "--strategy", "users"],
      "invalid-token",
      "strategy",
      "the route does not take the credentials of `users`",
    ],
    [
      "a strategy of which only some issuers are taken",
      ["GET", "/orders", "--role", "clerk", "--strategy", "everybody"],
      "invalid-token",
      "issuer",
      "the route does not take the credentials of `everybody`",
    ],
    [
      "an issuer that is not of the strategy",
      ["GET", "/orders", ...clerk("https://guests.example"), "--strategy", "users"],
      "invalid-token",
      "issuer",
      "the strategy `users` takes no tokens of this issuer",
    ],
    [
      "a header that nobody reads",
      ["GET", "/orders", "--role", "clerk", "--strategy", "partners"],
      "missing-credentials",
      "strategy",
      "the route does not take the credentials of `partners`",
    ],
    [
      "a token where the application reads the request",
      ["GET", "/console", "--role", "clerk", "--strategy", "sessions"],
      "missing-credentials",
      "strategy",
      "the route does not take the credentials of `sessions`",
    ],
    [
      "credentials on a path that meets no route",
      ["GET", "/nowhere", "--role", "clerk", "--strategy", "sessions"],
      "invalid-token",
      "strategy",
      "the route does not take the credentials of `sessions`",
    ],
  ])("explains the 401 of %s", (_, args, reason, cause, detail) => {
    const answer = json("explain", ...args);
    expect(answer).toMatchObject({
      exitCode: 3,
      caller: { roles: null, cause },
      explanation: { outcome: "deny", status: 401, reason, detail },
    });
    const { stdout } = ask("explain", ...args);
    expect(stdout).toContain(
      ` with credentials that are not taken: deny 401 ${reason}\n  ${detail}\n`,
    );
    expect(stdout).toContain("\ntakes credentials of ");
  });

  it.each<readonly [string, readonly string[]]>([
    ["the strategy is taken", ["GET", "/shared", "--role", "clerk", "--strategy", "sessions"]],
    ["the issuer is taken", ["GET", "/shared", ...clerk("https://id.example")]],
    ["claims of any issuer may be of a session", ["GET", "/shared", ...clerk("https://else")]],
    ["nothing is said of either", ["GET", "/shared", ...clerk()]],
    [
      "a token of the strategy's issuer is taken by another strategy",
      ["GET", "/orders", ...clerk("https://id.example"), "--strategy", "everybody"],
    ],
    ["nobody reads them", ["GET", "/health", "--role", "clerk", "--strategy", "sessions"]],
    ["who cannot be told is nobody", ["GET", "/hello", "--role", "x", "--strategy", "sessions"]],
  ])("goes on where %s", (_, args) => {
    const answer = json("explain", ...args);
    expect(answer.explanation).toMatchObject({ outcome: "allow", status: 200 });
    expect(answer.caller).not.toHaveProperty("cause");
  });

  it.each([
    [["--role", "clerk", "--strategy", "sesions"], "did you mean `sessions`?"],
    [["--role", "clerk", "--strategy", "qqqqqqqq"], "it has everybody, machines, operators,"],
    [["--strategy", "users"], "say with `--role` or `--claims` who the caller is"],
    [["--strategy", "users", "--anonymous"], "say with `--role` or `--claims` who the caller is"],
  ])("points out a slip of the hand: %j", (args, said) => {
    const { status, stdout, stderr } = ask("explain", "GET", "/orders", ...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain(said);
  });

  it("says nothing of strategies where the policy has none", () => {
    const folder = createProject();
    const asked = ["explain", "GET", "/orders", "--role", "clerk"];
    expect(runGatewright(folder, asked).stdout).not.toContain("credentials of");
    const answer = JSON.parse(runGatewright(folder, [...asked, "--json"]).stdout);
    expect(answer).not.toHaveProperty("strategies");
    const named = runGatewright(folder, [...asked, "--strategy", "users"]);
    expect(named.status).toBe(2);
    expect(named.stderr).toContain("the policy has no strategy `users`\n  it has none\n");
  });
});

describe("gatewright who-can of a policy with strategies", () => {
  it("says how callers authenticate", () => {
    expect(ask("who-can", "POST", "/builds").stdout).toBe(
      `POST /builds: route POST /builds (policies/strategies.yaml:9)
roles that pass alone:
  deployer
roles that pass if a condition holds: none
roles that need another beside them: none
callers authenticate by machines (allowList)
`,
    );
    expect(ask("who-can", "GET", "/me").stdout).toContain(
      "\n  every authenticated caller, with or without roles\ncallers authenticate by users (tokens of desk)\n",
    );
  });

  it("says the same in JSON", () => {
    expect(json("who-can", "GET", "/guests").strategies).toEqual([
      { name: "everybody", kind: "tokens", issuers: ["desk", "guests"], header: null },
    ]);
    expect(json("who-can", "GET", "/health").strategies).toEqual([]);
  });

  it("says nothing of them where nobody authenticates", () => {
    expect(ask("who-can", "GET", "/health").stdout).not.toContain("authenticate");
    expect(ask("who-can", "GET", "/nowhere").stdout).not.toContain("authenticate");
    expect(json("who-can", "GET", "/nowhere")).not.toHaveProperty("strategies");
    const folder = createProject();
    const { stdout } = runGatewright(folder, ["who-can", "GET", "/me", "--json"]);
    expect(JSON.parse(stdout)).not.toHaveProperty("strategies");
    expect(runGatewright(folder, ["who-can", "GET", "/me"]).stdout).not.toContain("callers");
  });
});
