import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openJsonlFileSink } from "@gatewright/runtime/audit/jsonl";
import { createNatsSink } from "@gatewright/runtime/audit/nats";
import { createPostgresSink } from "@gatewright/runtime/audit/postgres";
import { openSqliteSink } from "@gatewright/runtime/audit/sqlite";
import { createStdoutSink } from "@gatewright/runtime/audit/stdout";
import type { AuditSink } from "@gatewright/runtime/audit/delivery";
import { AckPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import Database from "better-sqlite3";
import pg from "pg";
import { openNats } from "../../services/nats.js";
import { findPostgres } from "../../services/postgres.js";
import { httpProtocols } from "./http-protocols.js";
import type { HttpProtocol } from "./http-protocols.js";
import { startReceiver } from "./http-receiver.js";

/** A receiver, to which sinks are opened one after another as by processes. */
export interface SinkDesk {
  open(): Promise<AuditSink>;
  /** Lines in the order in which they came. */
  received(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface SinkCase {
  /** The door, `@gatewright/runtime/audit/<door>`. */
  readonly door: string;
  /** Which of those that come again are kept twice: none; whole batches that came in other batches; all. */
  readonly keepsTwice: "nothing" | "other-batches" | "everything";
  /** Undefined where the service is missing, which was said. */
  readonly openDesk: (() => Promise<SinkDesk>) | undefined;
}

const postgres = await findPostgres();
const nats = await openNats();

export async function closeServices(): Promise<void> {
  await postgres?.stop();
  await nats?.close();
}

async function withFolder(desk: (folder: string) => Omit<SinkDesk, "close">): Promise<SinkDesk> {
  const folder = await mkdtemp(join(tmpdir(), "gatewright-sink-"));
  return { ...desk(folder), close: () => rm(folder, { recursive: true }) };
}

function splitLines(text: string): readonly string[] {
  return text.split("\n").slice(0, -1);
}

function openJsonlDesk(): Promise<SinkDesk> {
  return withFolder((folder) => {
    const path = join(folder, "deep", "audit.jsonl");
    return {
      open: () => openJsonlFileSink({ path }),
      received: async () => (existsSync(path) ? splitLines(await readFile(path, "utf8")) : []),
    };
  });
}

function openSqliteDesk(): Promise<SinkDesk> {
  return withFolder((folder) => {
    const path = join(folder, "audit.db");
    return {
      open: async () => openSqliteSink({ path }),
      async received() {
        const database = new Database(path, { readonly: true });
        const rows = database.prepare("SELECT line FROM audit_events ORDER BY place").all();
        database.close();
        return rows.map((row) => Object(row).line);
      },
    };
  });
}

async function openStdoutDesk(): Promise<SinkDesk> {
  let text = "";
  const stream = {
    write(more: string, done: () => void) {
      text += more;
      setImmediate(done);
      return true;
    },
  };
  return {
    open: async () => createStdoutSink({ stream }),
    received: async () => splitLines(text),
    close: async () => undefined,
  };
}

async function openPostgresDesk(): Promise<SinkDesk> {
  const pool = new pg.Pool(postgres?.config);
  const schema = `gatewright audit ${crypto.randomUUID()}`;
  return {
    open: async () => createPostgresSink({ pool, schema }),
    async received() {
      const text = `SELECT line FROM "${schema}".audit_events ORDER BY place`;
      return (await pool.query(text)).rows.map(({ line }) => line);
    },
    async close() {
      await pool.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
      await pool.end();
    },
  };
}

async function openNatsDesk(): Promise<SinkDesk> {
  const connection = await connect({ servers: `127.0.0.1:${nats?.port}` });
  const manager = await jetstreamManager(connection);
  const name = `gatewright-${crypto.randomUUID()}`;
  await manager.streams.add({ name, subjects: [`${name}.>`] });
  return {
    open: async () => createNatsSink({ jetStream: jetstream(connection), subject: name }),
    async received() {
      const { messages } = (await manager.streams.info(name)).state;
      if (messages === 0) return [];
      const { name: reader } = await manager.consumers.add(name, { ack_policy: AckPolicy.None });
      const consumer = await jetstream(connection).consumers.get(name, reader);
      const lines: string[] = [];
      for await (const message of await consumer.fetch({ max_messages: messages })) {
        lines.push(message.string());
      }
      return lines;
    },
    async close() {
      await manager.streams.delete(name);
      await connection.close();
    },
  };
}

function openHttpDesk({ createReceiver, createSink }: HttpProtocol) {
  return async (): Promise<SinkDesk> => {
    const { lines, ...receiver } = createReceiver();
    const { url, close } = await startReceiver(receiver);
    return { open: async () => createSink(url), received: async () => lines, close };
  };
}

/** Of those that are spoken to over HTTP. */
const twice: Readonly<Record<string, SinkCase["keepsTwice"]>> = {
  webhook: "other-batches",
  otlp: "everything",
};

/** Every sink, by its door. */
export const sinkCases: readonly SinkCase[] = [
  { door: "jsonl", keepsTwice: "nothing", openDesk: openJsonlDesk },
  { door: "sqlite", keepsTwice: "nothing", openDesk: openSqliteDesk },
  { door: "postgres", keepsTwice: "nothing", openDesk: postgres && openPostgresDesk },
  { door: "nats", keepsTwice: "nothing", openDesk: nats && openNatsDesk },
  { door: "stdout", keepsTwice: "everything", openDesk: openStdoutDesk },
  ...httpProtocols.map((protocol) => ({
    door: protocol.name,
    keepsTwice: twice[protocol.name] ?? "nothing",
    openDesk: openHttpDesk(protocol),
  })),
];
