import { randomBytes, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import pino from "pino";
import { buildEventWriters } from "../../runtime/audit/events/build-event-writer.js";
import type { EventWriter } from "../../runtime/audit/events/build-event-writer.js";
import type { CompiledEvents } from "../../runtime/audit/events/compiled-events.js";
import { createRootMaskKeys } from "../../runtime/masks/mask-keys.js";
import type { SerializedAuditSchema } from "../../runtime/serialized-audit.js";
import type { BenchEvent } from "./make-event.js";
import { MASKED } from "./policy.js";

/** What the parent compiled: the schema of the events, and a bundle of their code. */
export interface Prepared {
  readonly schema: SerializedAuditSchema;
  readonly code: string;
}

export interface Writers {
  readonly straight: EventWriter;
  readonly loop: EventWriter;
  /** With a keyed hash in the place of one mask. */
  readonly hashed: EventWriter;
}

export async function openWriters(path: string): Promise<Writers> {
  const { schema, code }: Prepared = JSON.parse(readFileSync(path, "utf8"));
  const load = createRequire(import.meta.url);
  const { compiled } = load(code) as { readonly compiled: CompiledEvents };
  const root = { id: "1", secret: randomBytes(32).toString("base64url") };
  const services = { keys: createRootMaskKeys({ roots: [root] }) };
  const writerOf = (type: string, events: CompiledEvents["events"]): EventWriter => {
    const writer = buildEventWriters(schema, services, events).get(type);
    if (writer === undefined) throw new Error(`the policy has no event ${type}`);
    return writer;
  };
  return {
    straight: writerOf("order.paid", compiled.events),
    loop: writerOf("order.paid", []),
    hashed: writerOf("order.hashed", compiled.events),
  };
}

/** The whole line of an event, as `audit.record` makes it outside of a request. */
export function createLine(
  write: EventWriter,
): (event: BenchEvent) => { id: string; line: string } {
  return (event) => {
    const now = Date.now();
    const written = write(event, { tenant: "", now });
    if (!written.ok) throw new Error(`an event was refused at ${written.fault.path}`);
    const id = randomUUID();
    const line =
      `{"actor":null,"category":"business","data":${written.json},"id":"${id}","request":null` +
      `,"snapshot":"sha256:00","tenant":null,"time":"${new Date(now).toISOString()}"` +
      `,"traceId":null,"type":"order.paid"}`;
    return { id, line };
  };
}

const redact = { paths: [...MASKED], censor: "***" };

/** pino with the same six paths redacted. */
export function createPino(destination: pino.DestinationStream): pino.Logger {
  return pino({ redact }, destination);
}
