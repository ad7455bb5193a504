import { join } from "node:path";
import { openRouter } from "@gatewright/runtime/audit/delivery";
import type { AuditSink, RecordSource } from "@gatewright/runtime/audit/delivery";
import { openJsonlFileSink } from "@gatewright/runtime/audit/jsonl";
import { openSqliteSink } from "@gatewright/runtime/audit/sqlite";
import { webhook } from "./http-protocols.js";
import { createMemoryLog, createRecords } from "./memory-log.js";

/** What a process that is to be killed is told. */
export interface KilledSettings {
  readonly folder: string;
  readonly url: string;
  readonly events: number;
  /** Number of the step at which the process kills itself; 0 for none. */
  readonly killAt: number;
}

const settings: KilledSettings = JSON.parse(process.argv[2] ?? "");
const { folder, url, events, killAt } = settings;

let steps = 0;
/** Before and after all that the delivery asks of others. */
function step(): void {
  steps += 1;
  if (steps === killAt) process.kill(process.pid, "SIGKILL");
}

function watchSink(sink: AuditSink): AuditSink {
  return {
    ...sink,
    async deliver(batch, signal) {
      step();
      await sink.deliver(batch, signal);
      step();
    },
  };
}

function watchSource(source: RecordSource): RecordSource {
  return {
    durable: source.durable,
    async read(options) {
      step();
      return source.read(options);
    },
  };
}

const common = {
  isRequired: true,
  batch: { count: 7, milliseconds: 1 },
  retry: { first: 1, longest: 5 },
  pollEvery: 5,
};
const jsonl = await openJsonlFileSink({ path: join(folder, "audit.jsonl") });
const sqlite = openSqliteSink({ path: join(folder, "audit.db") });
const router = await openRouter({
  // The log survives the process as its records are the same each time.
  source: watchSource(createMemoryLog(...createRecords(events))),
  folder,
  onAlert: () => undefined,
  sinks: [
    { ...common, name: "jsonl", sink: watchSink(jsonl) },
    { ...common, name: "sqlite", sink: watchSink(sqlite) },
    { ...common, name: "webhook", sink: watchSink(webhook.createSink(url)) },
  ],
});
process.send?.({ ready: true });
await router.idle();
process.send?.({ steps, counts: router.counts() });
await router.close();
process.disconnect();
