import { createHmac } from "node:crypto";
import { createLokiSink } from "@gatewright/runtime/audit/loki";
import { createOtlpSink } from "@gatewright/runtime/audit/otlp";
import { createWebhookSink } from "@gatewright/runtime/audit/webhook";
import type { AuditSink } from "@gatewright/runtime/audit/delivery";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createBatch } from "../../../runtime/audit/delivery/audit-sink.js";
import { verifySignature } from "./http-protocols.js";
import { startReceiver } from "./http-receiver.js";
import type { HttpReceiver } from "./http-receiver.js";
import { createRecord, createRecords } from "./memory-log.js";

let receiver: HttpReceiver;
let answer: unknown = {};
beforeEach(async () => {
  answer = {};
  receiver = await startReceiver({
    keep: () => undefined,
    answer: (response) =>
      void response
        .writeHead(200, { "content-type": "application/json" })
        .end(JSON.stringify(answer)),
  });
});
afterEach(() => receiver.close());

const deliver = (sink: AuditSink, records = createRecords(3)) =>
  sink.deliver(createBatch(records), new AbortController().signal);
const secretOf = (fill: number, bytes = 32) =>
  `whsec_${Buffer.alloc(bytes, fill).toString("base64")}`;

describe("the webhook", () => {
  it("signs as the example of Standard Webhooks does", async () => {
    // From the specification's own libraries: secret, id, time, body, signature.
    const key = Buffer.from("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "base64");
    const content = 'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}';
    expect(createHmac("sha256", key).update(content).digest("base64")).toBe(
      "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    );
    const secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"];
    const { url } = receiver;
    await deliver(createWebhookSink({ url, secrets, now: () => 1614265330999 }));
    const [posted] = receiver.posted;
    const { "webhook-id": id, "webhook-timestamp": time } = posted?.headers ?? {};
    expect(time).toBe("1614265330");
    const signature = createHmac("sha256", key).update(`${id}.${time}.${posted?.body}`);
    expect(posted?.headers["webhook-signature"]).toBe(`v1,${signature.digest("base64")}`);
  });

  it("signs with every secret, so that a receiver may change", async () => {
    const secrets = [secretOf(1), secretOf(2, 64)];
    await deliver(createWebhookSink({ url: receiver.url, secrets }));
    const [posted] = receiver.posted;
    if (posted === undefined) throw new Error("nothing was posted");
    for (const secret of secrets) expect(verifySignature(posted, secret)).toMatch(/:3$/);
    expect(() => verifySignature(posted, secretOf(3))).toThrow("no signature is right");
    const forged = { ...posted, body: posted.body.replace("auth", "auht") };
    expect(() => verifySignature(forged, secretOf(1))).toThrow("no signature is right");
  });

  it("takes secrets of 24 to 64 bytes alone", () => {
    const faulty = [[], [secretOf(1, 23)], [secretOf(1, 65)], ["secret"], ["whsec_!"]];
    for (const secrets of faulty) {
      expect(() => createWebhookSink({ url: receiver.url, secrets })).toThrow(/^a webhook needs/);
    }
  });

  it("posts an array where that is wanted", async () => {
    const records = createRecords(3);
    const secrets = [secretOf(1)];
    await deliver(createWebhookSink({ url: receiver.url, secrets, format: "json" }), records);
    const [posted] = receiver.posted;
    expect(posted?.headers["content-type"]).toBe("application/json");
    expect(JSON.parse(posted?.body ?? "")).toEqual(records.map(({ line }) => JSON.parse(line)));
  });

  it("asks for its own headers before every request, and lets them replace none of its own", async () => {
    let token = 0;
    const headers = () => ({
      authorization: `Bearer ${(token += 1)}`,
      "webhook-id": "mine",
    });
    const sink = createWebhookSink({ url: receiver.url, secrets: [secretOf(1)], headers });
    await deliver(sink);
    await deliver(sink);
    const sent = receiver.posted.map(({ headers }) => headers);
    expect(sent.map(({ authorization }) => authorization)).toEqual(["Bearer 1", "Bearer 2"]);
    expect(sent.map(({ "webhook-id": id }) => id)).not.toContain("mine");
  });

  it("sends any id in a header", async () => {
    const sink = createWebhookSink({ url: receiver.url, secrets: [secretOf(1)] });
    for (const id of ["漢字\r\nx: y", "\ud800", ""]) {
      await deliver(sink, [{ ...createRecord(1), id }]);
    }
    const ids = receiver.posted.map(({ headers }) => headers["webhook-id"]);
    expect(ids).toEqual(["%E6%BC%A2%E5%AD%97%0D%0Ax%3A%20y:1", "%EF%BF%BD:1", ":1"]);
  });
});

describe("loki", () => {
  it("has a stream for each category, and the nanoseconds of the event", async () => {
    const records = [...createRecords(2), ...createRecords(1, 3, "order")];
    const labels = { service_name: "desk" };
    await deliver(createLokiSink({ url: `${receiver.url}/`, labels }), records);
    const [posted] = receiver.posted;
    expect(posted?.path).toBe("/loki/api/v1/push");
    expect(JSON.parse(posted?.body ?? "")).toEqual({
      streams: [
        {
          stream: { service_name: "desk", category: "auth" },
          values: [
            ["1795773600000000001", records[0]?.line],
            ["1795773600000000002", records[1]?.line],
          ],
        },
        {
          stream: { service_name: "desk", category: "order" },
          values: [["1795773600000000003", records[2]?.line]],
        },
      ],
    });
  });

  it("keeps an event without a time that it can read", async () => {
    const sink = createLokiSink({ url: receiver.url, labels: {} });
    const lines = ['{"time":"yesterday"}', '{"time":"1969-01-01T00:00:00Z"}', "{}", "null", "x"];
    await deliver(
      sink,
      lines.map((line) => ({ ...createRecord(1), line })),
    );
    const { streams } = JSON.parse(receiver.posted[0]?.body ?? "");
    for (const [time] of streams[0].values) expect(time).toMatch(/^1\d{18}$/);
  });
});

describe("otlp", () => {
  const records = [
    createRecord(1, { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" }),
    createRecord(2, { traceId: "not of this form", spanId: 5 }),
  ];

  it("has the time, the trace and the id of the event", async () => {
    await deliver(createOtlpSink({ url: receiver.url, resource: {} }), records);
    const [{ scopeLogs }] = JSON.parse(receiver.posted[0]?.body ?? "").resourceLogs;
    const [first, second] = scopeLogs[0].logRecords;
    expect(first).toMatchObject({
      timeUnixNano: "1795773600000000001",
      severityNumber: 9,
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
      body: { stringValue: records[0]?.line },
    });
    expect(first.attributes).toContainEqual({
      key: "gatewright.audit.sequence",
      value: { intValue: "1" },
    });
    expect(second).not.toHaveProperty("traceId");
    expect(second).not.toHaveProperty("spanId");
  });

  it("asks not again where a part was refused, and gives none of it up unseen", async () => {
    const sink = createOtlpSink({ url: receiver.url, resource: {} });
    for (const rejectedLogRecords of ["1", 1]) {
      answer = { partialSuccess: { rejectedLogRecords, errorMessage: "secret" } };
      await expect(deliver(sink)).rejects.toMatchObject({
        reason: "partial-success",
        refusal: { kind: "batch" },
        message: expect.not.stringContaining("secret"),
      });
    }
    for (const whole of [{}, { partialSuccess: {} }, { partialSuccess: null }, null, "x"]) {
      answer = whole;
      await deliver(sink);
    }
    answer = { partialSuccess: { errorMessage: "a warning", rejectedLogRecords: "0" } };
    await deliver(sink);
  });
});
