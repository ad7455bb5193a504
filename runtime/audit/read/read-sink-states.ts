import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { createStateFile } from "../delivery/delivery-state.js";
import type { DeliveryState } from "../delivery/delivery-state.js";
import type { AuditEntry } from "./audit-entry.js";
import type { AuditSource } from "./source.js";

/** What a sink has, and has not yet. */
export interface SinkCounts {
  readonly name: string;
  readonly state: "read" | "unreadable";
  readonly delivered: number;
  readonly deadLettered: number;
  /** Events that were gone before the sink had them. */
  readonly missed: number;
  /** Events of the spool behind its place, of all categories; null where no spool was read. */
  readonly behind: number | null;
}

export interface SinkReader {
  look(entry: AuditEntry): void;
  end(): SinkCounts;
}

/** A state is some hundred bytes: what is larger is none. */
const MAX_STATE_BYTES = 64 * 1024;

/** The deliveries whose state lies in the folder of a source, in the order of their names. */
export async function readSinkStates({
  kind,
  folder,
}: AuditSource): Promise<readonly SinkReader[]> {
  const sinks = join(folder, "sinks");
  const names = (await readdir(sinks).catch(() => [])).filter((name) => name.endsWith(".cursor"));
  const states = names.toSorted().map(async (file) => {
    const path = join(sinks, file);
    const { size = Infinity } = (await stat(path).catch(() => undefined)) ?? {};
    const isSmall = size <= MAX_STATE_BYTES;
    const state = isSmall
      ? await createStateFile(path)
          .load()
          .catch(() => undefined)
      : undefined;
    return createReader(file.slice(0, -".cursor".length), state, kind === "spool");
  });
  return Promise.all(states);
}

function createReader(
  name: string,
  state: DeliveryState | undefined,
  isSpool: boolean,
): SinkReader {
  const { place, delivered = 0, deadLettered = 0, missed = 0 } = state ?? {};
  const cursor = place?.cursor;
  let behind = 0;
  return {
    look({ position }) {
      if (position === undefined) return;
      const { segment, offset } = position;
      const isPast =
        cursor !== undefined &&
        (segment < cursor.segment || (segment === cursor.segment && offset < cursor.offset));
      if (!isPast) behind += 1;
    },
    end: () => ({
      name,
      state: state === undefined ? "unreadable" : "read",
      delivered,
      deadLettered,
      missed,
      behind: isSpool && state !== undefined ? Math.max(0, behind - (place?.skip ?? 0)) : null,
    }),
  };
}
