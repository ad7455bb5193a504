import { describe, expect, it } from "vitest";
import { compile } from "../../../generator/compile.js";

const KEPT = "auth: { overflow: fail_closed }, config_change: { overflow: fail_closed }";

/** What the compiler says of `audit`, and of the routes of a policy. */
function compileAudit(audit: string, routes = "/a: { GET: public }") {
  const text = `gatewright: 1\nroutes: { ${routes} }\naudit: { ${audit} }\n`;
  const { snapshot, diagnostics } = compile([{ path: "a.yaml", text }]);
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  return {
    log: snapshot?.audit.log,
    routes: snapshot?.routes,
    said: errors.map(({ code, message, help }) => `${code}: ${message}; ${help}`),
    codes: errors.map(({ code }) => code),
  };
}

const route = (params: string) => `/a/:x/:card: { params: { ${params} }, GET: public }`;

const logOf = (more: string, categories = "") =>
  compileAudit(`log: {}, categories: { ${KEPT}${categories} }${more && `, ${more}`}`);

describe("an audit log", () => {
  it("has four categories, of which two are durable, and a file", () => {
    const { log, said } = logOf("");
    expect(said).toEqual([]);
    expect(log?.categories.map(({ name, durability }) => [name, durability])).toEqual([
      ["access", "accepted"],
      ["auth", "durable"],
      ["business", "accepted"],
      ["config_change", "durable"],
    ]);
    expect(log?.categories.every(({ overflow }) => overflow === "fail_closed")).toBe(true);
    expect(log?.sinks).toMatchObject([
      { name: "file", kind: "jsonl", isRequired: true, settings: { path: "audit/events.jsonl" } },
    ]);
  });

  it("needs to be told what becomes of what must not be lost", () => {
    const { said } = compileAudit("log: {}");
    expect(said).toHaveLength(1);
    expect(said[0]).toContain("`auth` and `config_change`");
  });

  it("takes the category of a route from the nearest that says one", () => {
    const routes =
      "/a: { audit: auth, GET: public, /b: { GET: { access: public, audit: business }, POST: public } }, /c: { GET: public }";
    const { routes: found } = compileAudit(`log: {}, categories: { ${KEPT} }`, routes);
    expect(found?.map(({ id, auditCategory }) => [id, auditCategory])).toEqual([
      ["GET /a", "auth"],
      ["GET /a/b", "business"],
      ["GET /c", undefined],
      ["POST /a/b", "auth"],
    ]);
  });

  it("shows of a path the parameters that have a class, of the nearest that says one", () => {
    const routes =
      "/a/:x/:y: { params: { x: { class: public }, y: { class: hmac } }, GET: public, /b: { params: { x: { class: card } }, GET: public } }";
    const audit = `log: {}, secret: { environment: ROOT }, categories: { ${KEPT} }`;
    const { log, routes: found, said } = compileAudit(audit, routes);
    expect(said).toEqual([]);
    expect(log?.params).toEqual({
      masks: [
        { name: "card", options: { method: "card" } },
        { name: "hmac", options: { method: "hmac" } },
      ],
      secret: { kind: "environment", place: "ROOT" },
    });
    expect(found?.map(({ id, auditParams }) => [id, auditParams])).toEqual([
      [
        "GET /a/:x/:y",
        [
          { name: "x", mask: -1 },
          { name: "y", mask: 1 },
        ],
      ],
      [
        "GET /a/:x/:y/b",
        [
          { name: "x", mask: 0 },
          { name: "y", mask: 1 },
        ],
      ],
    ]);
  });

  it("says what is wrong with the class of a parameter", () => {
    const audit = `log: {}, categories: { ${KEPT} }`;
    const unknown = compileAudit(audit, route("x: { class: pubic }"));
    expect(unknown.said).toEqual(["unknown-mask: unknown class `pubic`; did you mean `public`?"]);
    expect(compileAudit(audit, route("x: { class: hmac }")).codes).toEqual([
      "audit-without-secret",
    ]);
    expect(compileAudit("", route("x: { class: public }")).said[0]).toBe(
      "audit-without-log: a parameter is to be recorded, and the policy has no audit log; write `log: {}` under `audit`",
    );
    const both = route("card: { class: hmac }, x: { class: card }");
    const secret = "secret: { environment: ROOT }";
    expect(compileAudit(`${audit}, ${secret}`, both).codes).toEqual(["card-in-both-forms"]);
    const event = "events: { a.b: { fields: { pan: { type: string, class: hmac } } } }";
    const apart = compileAudit(`${audit}, ${secret}, ${event}`, route("x: { class: card }"));
    expect(apart.codes).toEqual(["card-in-both-forms"]);
  });

  it("suggests a category that is near", () => {
    const { said } = compileAudit(
      `log: {}, categories: { ${KEPT} }`,
      "/a: { audit: acess, GET: public, POST: public }",
    );
    expect(said).toEqual(["unknown-category: unknown category `acess`; did you mean `access`?"]);
    const events = "events: { a.b: { category: busines, fields: {} } }";
    expect(logOf(events).said[0]).toContain("did you mean `business`?");
  });

  it.each([
    ["sinks: { a: { kind: sqlite } }", "a sink of the kind `sqlite` needs `path`"],
    ["sinks: { a: { kind: webhook, url: 'https://a.example' } }", "needs `secret`"],
    ["sinks: { a: { kind: loki, url: 'http://a.example' } }", "cannot be sent to this address"],
    ["sinks: { a: { kind: jsonl, path: /etc/x } }", "does not lie below the folder"],
    ["sinks: { a: { kind: jsonl, path: ../x } }", "does not lie below the folder"],
    ["sinks: { a: { kind: stdout, subject: b } }", "a sink of the kind `stdout` has no `subject`"],
    ["sinks: { a: { kind: stdout, required: false } }", "no sink is required"],
    [
      "sinks: { a: { kind: webhook, url: 'https://u:p@a.example', secret: { environment: S } } }",
      "may be a secret",
    ],
  ])("refuses %s", (sinks, message) => {
    const { said } = logOf(sinks);
    expect(said).toHaveLength(1);
    expect(said[0]).toContain(message);
    expect(said[0]).not.toContain("u:p@");
  });
});

describe("retention", () => {
  it("cannot end before it is owed", () => {
    const { said } = logOf("", ", business: { retention: { floor: 30d, ceiling: 20d } }");
    expect(said).toEqual([expect.stringContaining("`ceiling` is below `floor`")]);
  });

  it("cannot end for one category before the log owes it to another", () => {
    const two =
      ", business: { retention: { floor: 100d } }, access: { retention: { ceiling: 90d } }";
    const { said } = logOf("", two);
    expect(said).toEqual([expect.stringContaining("write a ceiling of at least 100d")]);
  });

  it.each([
    ["cn", 183],
    ["mlps3", 183],
    ["pci", 365],
  ])("of `%s` is %i days for every category, and no less compiles", (preset, days) => {
    const { log, codes } = logOf(`compliance: ${preset}`);
    if (preset !== "mlps3") {
      const floors = new Set(log?.categories.map(({ retention }) => retention.floor));
      expect([...floors]).toEqual([days * 86_400_000]);
    } else expect(codes).toContain("compliance-unmet");
    const short = logOf(
      `compliance: ${preset}`,
      `, business: { retention: { floor: ${days - 1}d } }`,
    );
    expect(short.codes).toContain("retention-below-floor");
    expect(short.log).toBeUndefined();
  });

  it("of several presets is the longest", () => {
    const { log } = logOf("compliance: [cn, pci]");
    expect(log?.categories[0]?.retention.floor).toBe(365 * 86_400_000);
  });
});

describe("compliance", () => {
  it("`mlps3` asks for a category of every route, a second sink and a signer", () => {
    const bare = compileAudit(`log: {}, categories: { ${KEPT} }, compliance: mlps3`);
    expect(bare.codes).toEqual(["compliance-unmet", "compliance-unmet", "compliance-unmet"]);
    const met = compileAudit(
      `log: { signer: { environment: SIGNER } }, categories: { ${KEPT} }, compliance: mlps3,
       sinks: { a: { kind: jsonl, path: a.jsonl }, b: { kind: sqlite, path: b.sqlite } }`,
      "/a: { audit: access, GET: public }",
    );
    expect(met.said).toEqual([]);
    expect(met.log?.categories[0]?.retention.floor).toBe(183 * 86_400_000);
  });

  it("`gdpr` asks for an end of every category", () => {
    const { codes } = logOf("compliance: gdpr");
    expect(codes).toEqual(Array.from({ length: 4 }, () => "compliance-unmet"));
    const end = "retention: { ceiling: 90d }";
    const met = compileAudit(
      `log: {}, compliance: gdpr, categories: { access: { ${end} }, business: { ${end} },
       auth: { overflow: fail_closed, ${end} }, config_change: { overflow: fail_closed, ${end} } }`,
    );
    expect(met.said).toEqual([]);
  });

  it.each(["cn", "pci", "mlps3"])("`%s` lets nothing that is to be kept make room", (preset) => {
    const { said } = logOf(`compliance: ${preset}`, ", business: { overflow: drop_oldest }");
    expect(said.join("\n")).toContain("`business` gives away events that are to be kept");
  });
});
