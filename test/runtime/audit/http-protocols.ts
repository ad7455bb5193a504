import { strict as assert } from "node:assert";
import { createHmac, timingSafeEqual } from "node:crypto";
import { createLokiSink } from "@gatewright/runtime/audit/loki";
import { createOtlpSink } from "@gatewright/runtime/audit/otlp";
import { createWebhookSink } from "@gatewright/runtime/audit/webhook";
import type { AuditSink } from "@gatewright/runtime/audit/delivery";
import type { Posted, ReceiverOptions } from "./http-receiver.js";

/** One end of a protocol, written from its specification and not from the sink. */
export interface HttpProtocol {
  readonly name: string;
  createSink(url: string): AuditSink;
  /** A receiver's state: what it was sent, and what it knows again. */
  createReceiver(): Pick<ReceiverOptions, "keep" | "answer"> & {
    readonly lines: readonly string[];
    /** Lines of one post. */
    readonly read: (posted: Posted) => readonly string[];
  };
}

const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;

/** Standard Webhooks 1.0, as a receiver checks it; `webhook-id` that it has is answered and not kept. */
export const webhook: HttpProtocol = {
  name: "webhook",
  createSink: (url) => createWebhookSink({ url, secrets: [secret] }),
  createReceiver() {
    const lines: string[] = [];
    const seen = new Set<unknown>();
    return {
      lines,
      read: readLines,
      keep(posted) {
        const id = verifySignature(posted, secret);
        assert.equal(posted.headers["content-type"], "application/x-ndjson");
        assert.equal(posted.headers["idempotency-key"], `"${id}"`);
        if (!seen.has(id)) lines.push(...readLines(posted));
        seen.add(id);
      },
      answer: (response) => void response.writeHead(204).end(),
    };
  },
};

export function verifySignature({ headers, body }: Posted, whsec: string): string {
  const { "webhook-id": id, "webhook-timestamp": time, "webhook-signature": given } = headers;
  const key = Buffer.from(whsec.slice("whsec_".length), "base64");
  const wanted = createHmac("sha256", key).update(`${id}.${time}.${body}`).digest();
  assert.match(String(time), /^\d{10}$/);
  const isSigned = String(given)
    .split(" ")
    .filter((signature) => signature.startsWith("v1,"))
    .map((signature) => Buffer.from(signature.slice(3), "base64"))
    .some((found) => found.length === wanted.length && timingSafeEqual(found, wanted));
  assert.ok(isSigned, "no signature is right");
  return String(id);
}

/** Loki's push API; an entry with the stream, time and line of another is that entry. */
export const loki: HttpProtocol = {
  name: "loki",
  createSink: (url) => createLokiSink({ url, labels: { service_name: "desk" } }),
  createReceiver() {
    const lines: string[] = [];
    const seen = new Set<string>();
    return {
      lines,
      read: (posted) => readEntries(posted).map(({ line }) => line),
      keep(posted) {
        assert.equal(posted.path, "/loki/api/v1/push");
        assert.equal(posted.headers["content-type"], "application/json");
        for (const { line, key } of readEntries(posted)) {
          if (!seen.has(key)) lines.push(line);
          seen.add(key);
        }
      },
      answer: (response) => void response.writeHead(204).end(),
    };
  },
};

/** OTLP/HTTP in JSON; it keeps what comes again. */
export const otlp: HttpProtocol = {
  name: "otlp",
  createSink: (url) => createOtlpSink({ url, resource: { "service.name": "desk" } }),
  createReceiver() {
    const lines: string[] = [];
    return {
      lines,
      read: readLogRecords,
      keep(posted) {
        assert.equal(posted.path, "/v1/logs");
        assert.equal(posted.headers["content-type"], "application/json");
        lines.push(...readLogRecords(posted));
      },
      answer: (response) =>
        void response.writeHead(200, { "content-type": "application/json" }).end("{}"),
    };
  },
};

export const httpProtocols = [webhook, loki, otlp];

function readLines({ body }: Posted): readonly string[] {
  assert.ok(body.endsWith("\n"));
  return body.slice(0, -1).split("\n");
}

function readEntries({ body }: Posted): { line: string; key: string }[] {
  const { streams, ...rest } = JSON.parse(body);
  assert.deepEqual(rest, {});
  return streams.flatMap(({ stream, values }: { stream: object; values: string[][] }) => {
    assert.deepEqual(Object.keys(stream), ["service_name", "category"]);
    return values.map(([time, line, ...more]) => {
      assert.match(time ?? "", /^\d{19}$/);
      assert.equal(typeof line, "string");
      assert.deepEqual(more, []);
      return { line, key: JSON.stringify([stream, time, line]) };
    });
  });
}

function readLogRecords({ body }: Posted): readonly string[] {
  const { resourceLogs } = JSON.parse(body);
  assert.equal(resourceLogs.length, 1);
  const [{ resource, scopeLogs }] = resourceLogs;
  const service = { key: "service.name", value: { stringValue: "desk" } };
  assert.deepEqual(resource, { attributes: [service] });
  return scopeLogs.flatMap(({ logRecords }: { logRecords: object[] }) =>
    logRecords.map((record) => {
      const { timeUnixNano, observedTimeUnixNano, attributes, body: text } = Object(record);
      for (const time of [timeUnixNano, observedTimeUnixNano]) assert.match(time, /^\d{19}$/);
      const uid = attributes.find(({ key }: { key: string }) => key === "log.record.uid");
      assert.equal(uid.value.stringValue, JSON.parse(text.stringValue).id);
      return text.stringValue;
    }),
  );
}
