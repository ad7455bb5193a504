import { join } from "node:path";
import { Ajv } from "ajv";
import { beforeAll, describe, expect, it } from "vitest";
import { audit, fillSpool, idOf, lines, linesOf, request, textOf, write } from "./audit-desk.js";
import { createProject } from "./create-project.js";

type Members = Readonly<Record<string, any>>; // `any`: what a receiver reads, without our types.

const folder = createProject({});
const masked = { ...request(20, "[MASKED]", "deny", 403), client: "192.0.2.0/24" };
const all: readonly Members[] = [
  ...lines,
  masked,
  { id: idOf(21), type: "request", time: "not a time" },
];
const dated = all.slice(0, -1);

beforeAll(async () => {
  await fillSpool(join(folder, "audit"), all);
});

function exported(format: string, ...args: readonly string[]): readonly Members[] {
  return linesOf(audit(folder, "export", "--format", format, ...args));
}

const find = (shaped: readonly Members[], index: number): Members => shaped[index] ?? {};

describe("audit export --format ocsf", () => {
  /** Required attributes of each class, of https://schema.ocsf.io/1.3.0/classes, but for those of profiles. */
  const base = [
    "activity_id",
    "category_uid",
    "class_uid",
    "metadata",
    "severity_id",
    "time",
    "type_uid",
  ];
  const required: Readonly<Record<number, readonly string[]>> = {
    0: base,
    3002: [...base, "user"],
    3004: [...base, "entity"],
    6003: [...base, "actor", "api", "src_endpoint"],
  };
  const activities: Readonly<Record<number, readonly number[]>> = {
    0: [0, 99],
    3002: [0, 1, 2, 3, 4, 5, 6, 7, 99],
    3004: [0, 1, 2, 3, 4, 99],
    6003: [0, 1, 2, 3, 4, 99],
  };

  it("has what every class requires, and only words of its enumerations", () => {
    const shaped = exported("ocsf");
    expect(shaped).toHaveLength(dated.length);
    for (const event of shaped) {
      const { class_uid, category_uid, activity_id, type_uid, metadata, severity_id, status_id } =
        event;
      expect(Object.keys(event)).toEqual(
        expect.arrayContaining([...(required[class_uid] ?? ["none"])]),
      );
      expect(category_uid).toBe(Math.floor(class_uid / 1000));
      expect(activities[class_uid]).toContain(activity_id);
      expect(type_uid).toBe(class_uid * 100 + activity_id);
      expect([0, 1, 2, 3, 4, 5, 6, 99]).toContain(severity_id);
      expect([0, 1, 2, 99]).toContain(status_id);
      expect(Number.isInteger(event["time"])).toBe(true);
      expect(metadata.version).toBe("1.3.0");
      expect(metadata.product.name ?? metadata.product.uid).toBeTypeOf("string");
      // An activity that is none of the class's own is named.
      if (activity_id === 99) expect(event["activity_name"]).toBeTypeOf("string");
      if (class_uid === 6003) {
        expect(Object.keys(event["actor"])).toContain("user");
        expect(event["api"].operation).toBeTypeOf("string");
        expect(event["src_endpoint"].ip ?? event["src_endpoint"].name).toBeTypeOf("string");
      }
      // At least one of `service` and `dst_endpoint`.
      if (class_uid === 3002) expect(event["service"].name).toBeTypeOf("string");
      for (const user of [event["user"], event["actor"]?.user])
        if (user !== undefined) expect(user.uid ?? user.name).toBeTypeOf("string");
    }
  });

  it("maps requests, events, sessions and what the gate says itself", () => {
    const shaped = exported("ocsf");
    expect(find(shaped, 1)).toMatchObject({
      type_uid: 600302,
      time: Date.parse("2026-01-01T00:00:01.000Z"),
      status_id: 2,
      status_code: "403",
      status_detail: "forbidden",
      severity_id: 2,
      duration: 2,
      metadata: {
        uid: idOf(1),
        sequence: 2,
        log_name: "request",
        original_time: lines[1]?.["time"],
        correlation_uid: "4bf92f3577b34da6a3ce929d0e0e4736",
      },
      actor: {
        user: { uid: "bob" },
        idp: { uid: "https://id.example" },
        authorizations: [{ decision: "deny", policy: { name: "policies/orders.yaml:4" } }],
      },
      api: { operation: "GET /orders" },
      http_request: { http_method: "GET", url: { path: "/orders" } },
      http_response: { code: 403 },
      src_endpoint: { ip: "192.0.2.7" },
      unmapped: { principal: { roles: ["clerk"] }, snapshot: "sha256:00", outcome: "finished" },
    });
    expect(find(shaped, 2)).toMatchObject({
      metadata: { tenant_uid: "north" },
      unmapped: { principal: { actor: { id: "robot" } } },
    });
    expect(find(shaped, 3)).toMatchObject({ activity_id: 0, actor: { user: { name: "unknown" } } });
    expect(find(shaped, 4)).toMatchObject({
      class_uid: 6003,
      activity_id: 99,
      activity_name: "order.refunded",
      resources: [{ uid: "7", type: "orders" }],
      unmapped: { data: { amount: 12.5, note: "[MASKED]" } },
    });
    expect(find(shaped, 5)).toMatchObject({
      type_uid: 300201,
      user: { uid: "ada" },
      session: { uid: "s-1" },
    });
    expect(find(shaped, 6)).toMatchObject({ activity_id: 99, severity_id: 5, status_id: 2 });
    expect(find(shaped, 7)).toMatchObject({ type_uid: 300202 });
    expect(find(shaped, 8)).toMatchObject({
      type_uid: 600304,
      src_endpoint: { name: "192.0.2.0/24" },
    });
    expect(find(shaped, 9)).toMatchObject({ type_uid: 300403, entity: { uid: "sha256:01" } });
    expect(find(shaped, 10)).toMatchObject({ class_uid: 0, type_uid: 99, severity_id: 3 });
  });
});

describe("audit export --format ecs", () => {
  /** Of https://www.elastic.co/docs/reference/ecs/ecs-allowed-values-event-category, for those that we use. */
  const expectedTypes: Readonly<Record<string, readonly string[]>> = {
    api: [
      "access",
      "admin",
      "allowed",
      "change",
      "creation",
      "deletion",
      "denied",
      "end",
      "info",
      "start",
      "user",
    ],
    authentication: ["start", "end", "info"],
    session: ["start", "end", "info"],
    configuration: ["access", "change", "creation", "deletion", "info"],
  };

  it("has the base fields, and categories with types that go together", () => {
    const shaped = exported("ecs");
    expect(shaped).toHaveLength(dated.length);
    for (const [index, line] of shaped.entries()) {
      expect(line["@timestamp"]).toBe(dated[index]?.["time"]);
      expect(line["ecs"].version).toMatch(/^8\.\d+\.\d+$/);
      const { kind, category, type, outcome, duration } = line["event"];
      expect(kind).toBe("event");
      expect(["success", "failure", "unknown"]).toContain(outcome);
      for (const name of category)
        expect(expectedTypes[name]).toEqual(expect.arrayContaining(type));
      if (duration !== undefined) expect(Number.isInteger(duration)).toBe(true);
      // `labels` holds keywords, and no objects.
      for (const label of Object.values(line["labels"] ?? {})) expect(label).toBeTypeOf("string");
    }
  });

  it("maps who did what from where", () => {
    const shaped = exported("ecs");
    expect(find(shaped, 1)).toMatchObject({
      event: {
        category: ["api"],
        type: ["access", "denied"],
        outcome: "failure",
        id: idOf(1),
        sequence: 2,
        duration: 1_500_000,
        reason: "forbidden",
      },
      user: { id: "bob", roles: ["clerk"] },
      source: { ip: "192.0.2.7" },
      http: { request: { method: "GET" }, response: { status_code: 403 } },
      url: { path: "/orders" },
      trace: { id: "4bf92f3577b34da6a3ce929d0e0e4736" },
      rule: { id: "policies/orders.yaml:4" },
      labels: { decision: "deny" },
    });
    expect(find(shaped, 2)["organization"]).toEqual({ id: "north" });
    expect(find(shaped, 4)).toMatchObject({
      event: { action: "order.refunded" },
      gatewright: { data: { amount: 12.5, note: "[MASKED]" } },
    });
    // Masked: it would be refused as an address.
    expect(find(shaped, 8)["source"]).toEqual({ address: "192.0.2.0/24" });
  });
});

describe("audit export --format cloudevents", () => {
  /** The rules of cloudevents/formats/cloudevents.json of the specification, 1.0.2. */
  const schema = {
    type: "object",
    required: ["id", "source", "specversion", "type"],
    properties: {
      id: { type: "string", minLength: 1 },
      source: { type: "string", minLength: 1, pattern: "^[^\\s]+$" },
      specversion: { const: "1.0" },
      type: { type: "string", minLength: 1 },
      datacontenttype: { const: "application/json" },
      subject: { type: "string", minLength: 1 },
      time: { type: "string", pattern: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$" },
      data: { type: "object" },
      // Distributed Tracing, an extension: the form of W3C Trace Context.
      traceparent: { type: "string", pattern: "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$" },
    },
    // Names of attributes: lower-case letters and digits.
    propertyNames: { pattern: "^[a-z0-9]+$" },
    additionalProperties: false,
  };

  it("fits the specification, holds each line as it is, and gives no id twice", () => {
    const validate = new Ajv({ allErrors: true }).compile(schema);
    const shaped = exported("cloudevents", "--source", "https://desk.example/audit");
    expect(shaped).toHaveLength(all.length);
    for (const [index, event] of shaped.entries()) {
      validate(event);
      expect(validate.errors).toBeNull();
      expect(event["data"]).toEqual(all[index]);
      expect(event["source"]).toBe("https://desk.example/audit");
    }
    expect(new Set(shaped.map(({ id }) => id)).size).toBe(all.length);
    expect(find(shaped, 4)).toMatchObject({ type: "order.refunded", subject: "orders/7" });
    expect(find(shaped, 4)["traceparent"]).toBeUndefined();
    expect(find(shaped, 8)).toMatchObject({
      id: `${idOf(0)}/decision`,
      type: "gatewright.decision",
      traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00",
    });
  });

  it("loses no digit of a number", () => {
    const line = `{"data":{"big":123456789012345678901234567890,"small":1e-400},"id":"1","type":"x"}`;
    write(join(folder, "numbers.jsonl"), `${line}\n`);
    const run = audit(folder, "export", "--format", "cloudevents", "--from", "numbers.jsonl");
    expect(run.stdout).toContain(`"data":${line}}`);
  });
});

describe("every shape", () => {
  it("adds nothing about an event, and keeps a masked value as it is", () => {
    for (const format of ["ocsf", "ecs", "cloudevents", "jsonl"]) {
      const text = JSON.stringify(find(exported(format), lines.length));
      expect(text).toContain("[MASKED]");
      expect(text).toContain("192.0.2.0/24");
    }
  });

  it("leaves out what has no time where one is required, and says so", () => {
    for (const format of ["ocsf", "ecs"]) {
      const run = audit(folder, "export", "--format", format);
      expect(run.status).toBe(1);
      expect(run.stderr).toContain(`without the time that the format requires, in \`${idOf(21)}\``);
    }
    const whole = audit(folder, "export", "--format", "jsonl");
    expect([whole.status, whole.stdout]).toEqual([0, `${all.map(textOf).join("\n")}\n`]);
  });
});
