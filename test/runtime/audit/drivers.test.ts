import { createNatsSink } from "@gatewright/runtime/audit/nats";
import { createPostgresSink, postgresAuditTable } from "@gatewright/runtime/audit/postgres";
import { createStdoutSink } from "@gatewright/runtime/audit/stdout";
import type { AuditRecord, AuditSink } from "@gatewright/runtime/audit/delivery";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import pg from "pg";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { createBatch } from "../../../runtime/audit/delivery/audit-sink.js";
import { openNats } from "../../services/nats.js";
import { findPostgres } from "../../services/postgres.js";
import { createDeliveryDesk } from "./delivery-desk.js";
import type { DeliveryDesk } from "./delivery-desk.js";
import { createRecord, createRecords } from "./memory-log.js";

const postgres = await findPostgres();
const nats = await openNats();
afterAll(async () => {
  await postgres?.stop();
  await nats?.close();
});

const deliver = (sink: AuditSink, records: readonly AuditRecord[]) =>
  sink.deliver(createBatch(records), new AbortController().signal);

let desk: DeliveryDesk;
beforeEach(async () => {
  desk = await createDeliveryDesk();
});
afterEach(() => desk.close());

describe.skipIf(postgres === undefined)("the PostgreSQL sink", () => {
  const schema = `gatewright audit "${crypto.randomUUID()}`;
  const table = `"${schema.replaceAll('"', '""')}".audit_events`;
  const pool = new pg.Pool(postgres?.config);
  const dropSchema = () => pool.query(`DROP SCHEMA IF EXISTS ${table.split(".")[0]} CASCADE`);
  afterEach(dropSchema);
  afterAll(() => pool.end());

  it("makes the table where many begin at once, and takes a schema's name as a name", async () => {
    const sinks = Array.from({ length: 8 }, () => createPostgresSink({ pool, schema }));
    await Promise.all(sinks.map((sink, index) => deliver(sink, createRecords(10, index * 5 + 1))));
    const { rows } = await pool.query(`SELECT count(*)::int AS count FROM ${table}`);
    expect(rows).toEqual([{ count: 45 }]);
  });

  it("can be queried by time and by the fields of the line", async () => {
    const sink = createPostgresSink({ pool, schema });
    await deliver(sink, [createRecord(1, { actor: "mary" }), createRecord(2, { actor: "joe" })]);
    const text = `SELECT sequence::int, epoch::int, category FROM ${table}
      WHERE time > '2026-11-27T09:59:59Z' AND time < '2026-11-27T10:00:01Z'
      AND line::jsonb ->> 'actor' = 'joe'`;
    const { rows } = await pool.query(text);
    expect(rows).toEqual([{ sequence: 2, epoch: 1, category: "auth" }]);
  });

  it("goes on when its table was lost, and needs no leave to make one that is there", async () => {
    const sink = createPostgresSink({ pool, schema });
    await deliver(sink, createRecords(1));
    await dropSchema();
    await expect(deliver(sink, createRecords(1))).rejects.toMatchObject({ reason: "42P01" });
    await deliver(sink, createRecords(1));
    const role = `gatewright_test_${crypto.randomUUID().replaceAll("-", "")}`;
    await pool.query(postgresAuditTable(schema));
    await pool.query(`CREATE ROLE ${role};
      GRANT USAGE ON SCHEMA ${table.split(".")[0]} TO ${role};
      GRANT INSERT, SELECT (id) ON ${table} TO ${role}`);
    const own = new pg.Pool({ ...postgres?.config, options: `-c role=${role}` });
    await deliver(createPostgresSink({ pool: own, schema }), createRecords(3));
    await own.end();
    await pool.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });

  it("refuses the one record that the database cannot hold", async () => {
    const records = createRecords(20);
    const faulty = records.map((record, index) =>
      index === 7 ? { ...record, category: "a\0b" } : record,
    );
    desk.log.append(...faulty);
    const delivery = await desk.open(createPostgresSink({ pool, schema }));
    await delivery.idle();
    expect(delivery.counts()).toMatchObject({ delivered: 19, deadLettered: 1, pending: 0 });
  });

  it("waits for a server that is away", async () => {
    const away = new pg.Pool({ host: "127.0.0.1", port: 1 });
    const sink = createPostgresSink({ pool: away, schema });
    const refused = { reason: "ECONNREFUSED", refusal: { kind: "retry" } };
    await expect(deliver(sink, createRecords(1))).rejects.toMatchObject(refused);
    await away.end();
  });
});

describe.skipIf(nats === undefined)("the NATS sink", () => {
  it("has a subject for each category, which is one token whatever its name", async () => {
    const { manager, name, addStream, options, close } = await openStream();
    await addStream();
    const categories = ["auth", "config_change", "a.b *>", ""];
    const records = categories.map((category, index) => createRecord(index + 1, { category }));
    await deliver(createNatsSink(options), records);
    const { state } = await manager.streams.info(name, { subjects_filter: ">" });
    expect(Object.keys(state.subjects ?? {}).toSorted()).toEqual(
      ["_", "a_b___", "auth", "config_change"].map((token) => `${name}.${token}`),
    );
    await close();
  });

  it("refuses the record alone that is larger than the server takes", async () => {
    const { manager, name, addStream, options, close } = await openStream();
    await addStream();
    const { id, line } = createRecord(2, { text: "" });
    // What a client adds to the id and the line is less than 128 bytes.
    const room = 1024 * 1024 - 128 - id.length - line.length;
    const largest = createRecord(2, { text: "x".repeat(room) });
    const larger = createRecord(3, { text: "x".repeat(room + 1) });
    desk.log.append(createRecord(1), largest, larger, createRecord(4));
    const delivery = await desk.open(createNatsSink({ ...options, window: 3, timeout: 5000 }));
    await delivery.idle();
    const counts = delivery.counts();
    const { messages } = (await manager.streams.info(name)).state;
    expect({ messages, ...counts }).toMatchObject({ messages: 3, delivered: 3, deadLettered: 1 });
    await close();
  });

  it("P4: waits for a stream that takes its subjects, and then sends all in order", async () => {
    const { manager, name, addStream, options, close } = await openStream();
    const records = createRecords(50);
    desk.log.append(...records);
    const delivery = await desk.open(createNatsSink(options));
    await expect.poll(() => delivery.isFailing()).toBe(true);
    await addStream();
    await delivery.idle();
    const { messages } = (await manager.streams.info(name)).state;
    expect(messages).toBe(50);
    const last = await manager.streams.getMessage(name, { seq: 50 });
    expect(last?.string()).toBe(records[49]?.line);
    await close();
  });
});

describe("the standard output", () => {
  it("is tried again where it cannot be written", async () => {
    const [first] = createRecords(1);
    if (first === undefined) throw new Error("there is no record");
    const texts: string[] = [];
    const stream = {
      write(text: string, done: (error?: Error | null) => void) {
        texts.push(text);
        done(texts.length < 3 ? Object.assign(new Error("gone"), { code: "EPIPE" }) : null);
        return true;
      },
    };
    desk.log.append(first);
    const delivery = await desk.open(createStdoutSink({ stream }));
    await delivery.idle();
    expect(texts).toEqual(Array.from({ length: 3 }, () => `${first.line}\n`));
    expect(desk.alerts[0]).toEqual({ sink: "desk", code: "failing", detail: "EPIPE" });
  });
});

async function openStream() {
  const connection = await connect({ servers: `127.0.0.1:${nats?.port}` });
  const manager = await jetstreamManager(connection);
  const name = `gatewright-${crypto.randomUUID()}`;
  const addStream = () => manager.streams.add({ name, subjects: [`${name}.>`] });
  const options = { jetStream: jetstream(connection), subject: name, timeout: 500 };
  const close = async () => {
    await manager.streams.delete(name).catch(() => false);
    await connection.close();
  };
  return { manager, name, addStream, options, close };
}
