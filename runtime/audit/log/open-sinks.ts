import { resolve } from "node:path";
import { GateError } from "../../gate-error.js";
import type { RouterSink } from "../delivery/open-router.js";
import { openJsonlFileSink } from "../sinks/jsonl-file.js";
import type { SerializedAuditLog, SerializedAuditSink } from "./serialized-audit-log.js";
import type { SinkOpener, SinkOpening } from "./sink-opener.js";

/** Openers by the kind of sink; those that the policy uses are there. */
export type SinkOpeners = Readonly<Partial<Record<SerializedAuditSink["kind"], SinkOpener>>>;

export interface SinksOpening extends Omit<SinkOpening, "supplied"> {
  /** What the application passes, by the names of sinks. */
  readonly supplied: object;
}

/** Opens the sinks of a log; where one cannot be opened, none is. */
export async function openSinks(
  { sinks }: SerializedAuditLog,
  openers: SinkOpeners,
  { supplied, ...opening }: SinksOpening,
): Promise<readonly RouterSink[]> {
  const names = new Set(sinks.map(({ name }) => name));
  const odd = Object.keys(supplied).find((name) => !names.has(name));
  if (odd !== undefined)
    throw misuse("something is passed for a sink that the policy does not have");
  const opened: RouterSink[] = [];
  try {
    for (const { name, kind, isRequired, categories, fallBack, settings } of sinks) {
      const opener = openers[kind];
      if (opener === undefined) throw misuse(`the generated code does not load the sink ${kind}`);
      const own: object = Object.hasOwn(supplied, name) ? Reflect.get(supplied, name) : {};
      const sink = await opener(settings, { ...opening, supplied: { ...own } });
      const entry = { name, sink, isRequired, categories: categories ?? undefined };
      opened.push(entry);
      if (fallBack === null) continue;
      const path = resolve(opening.cwd, fallBack.path);
      const file = await openJsonlFileSink({ path });
      opened[opened.length - 1] = {
        ...entry,
        fallBack: { after: fallBack.afterMilliseconds, sink: file },
      };
    }
    return opened;
  } catch (error) {
    await Promise.allSettled(
      opened.flatMap(({ sink, fallBack }) => [sink.close(), fallBack?.sink.close()]),
    );
    throw error;
  }
}

function misuse(message: string): GateError {
  return new GateError("configuration-invalid", message);
}
