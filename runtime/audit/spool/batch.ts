import type { Entry, Waiter } from "./backlog.js";
import { createFrame, fieldsOf, framesOf, frameBound, HEADER_BYTES, writeFrame } from "./frame.js";
import type { Kind } from "./frame.js";
import { SpoolError } from "./spool-error.js";
import type { SpoolEvent } from "./spool.js";

/** What the spool itself has to say, until it is durable. */
export interface Control {
  readonly kind: Kind;
  readonly line: string;
}

/** Frames of events that are written in one piece, and all that hangs on their becoming durable. */
export interface Batch {
  readonly buffer: Buffer;
  /** What the buffer is a part of. */
  readonly chunk: Chunk;
  length: number;
  events: number;
  /** Counted against the memory of the spool. */
  bytes: number;
  /** All numbers up to it are recorded when this is durable; 0 where that cannot be said. */
  through: number;
  /** By the number of the event; below zero for those that wait for all before them. */
  readonly waiters: Map<number, Waiter>;
  controls: readonly Control[];
  checkpoint: string | undefined;
}

/** A buffer that batches of several turns share, one behind the other, until none of them needs it. */
interface Chunk {
  readonly bytes: Buffer;
  users: number;
}

/** As many turns as one slow sync may take: their buffers are then at hand again. */
const MAX_SPARE = 16;

/** What an event counts against the memory of the spool. */
export function weightOf({ category, id, line }: SpoolEvent): number {
  return HEADER_BYTES + category.length + id.length + line.length;
}

/** Batches of at least `bytes`, or of what a batch before them left; buffers of that size are used again. */
export function createBatches(bytes: number, epoch: number) {
  const spare: Buffer[] = [];
  const take = (atLeast: number): Batch => {
    const buffer = atLeast > bytes ? Buffer.allocUnsafeSlow(atLeast) : spare.pop();
    const chunk = { bytes: buffer ?? Buffer.allocUnsafeSlow(bytes), users: 0 };
    return begin(chunk, chunk.bytes);
  };
  return {
    take,
    /**
     * A batch that goes on where one ends that nothing is added to. A turn of a few events needs a few kilobytes: a
     * buffer for each made the collector stop the loop for 13 ms at 5 000 events/s (measured).
     */
    takeBehind({ chunk, buffer, length }: Batch): Batch {
      const left = buffer.length - length;
      return left < bytes / 4 ? take(0) : begin(chunk, buffer.subarray(length));
    },
    give({ chunk }: Batch): void {
      chunk.users -= 1;
      const isFree = chunk.users === 0 && chunk.bytes.length === bytes;
      if (isFree && spare.length < MAX_SPARE) spare.push(chunk.bytes);
    },
    hasRoom: (batch: Batch, event: SpoolEvent) =>
      batch.length + frameBound(event) <= batch.buffer.length,
    place(batch: Batch, event: SpoolEvent, sequence: number): void {
      const { category, id, line } = event;
      const fields = { kind: "event", epoch, sequence, category, id, line } as const;
      batch.length = writeFrame(batch.buffer, batch.length, fields);
      batch.events += 1;
      batch.bytes += weightOf(event);
    },
  };
}

function begin(chunk: Chunk, buffer: Buffer): Batch {
  chunk.users += 1;
  return {
    buffer,
    chunk,
    length: 0,
    events: 0,
    bytes: 0,
    through: 0,
    waiters: new Map(),
    controls: [],
    checkpoint: undefined,
  };
}

export type Batches = ReturnType<typeof createBatches>;

/** The events of a batch that did not become durable, with whoever waits for them. */
export function entriesOf(batch: Batch): readonly Entry[] {
  const bytes = batch.buffer.subarray(0, batch.length);
  return [...framesOf(bytes, 0)].flatMap((frame) => {
    if (frame.kind !== "event") return [];
    const { category, id, line, sequence } = fieldsOf(bytes, frame);
    const event = { category, id, line };
    return [{ event, sequence, bytes: weightOf(event), waiter: batch.waiters.get(sequence) }];
  });
}

/** Entries in as few batches as they fit in. */
export function batchesOf(entries: readonly Entry[], batches: Batches): readonly Batch[] {
  let batch = batches.take(0);
  const all = [batch];
  for (const { event, sequence, waiter } of entries) {
    if (!batches.hasRoom(batch, event)) {
      batch = batches.take(frameBound(event));
      all.push(batch);
    }
    batches.place(batch, event, sequence);
    if (waiter !== undefined) batch.waiters.set(sequence, waiter);
  }
  return all;
}

/** Frames of what the spool itself has to say. */
export function controlFrames(controls: readonly Control[], epoch: number): Buffer {
  const plain = { epoch, sequence: 0, category: "", id: "" };
  return Buffer.concat(controls.map((control) => createFrame({ ...plain, ...control })));
}

/** Tells those that wait for no event, but for all before them, that it came to nothing. */
export function rejectMarks({ waiters }: Batch): void {
  for (const [number, waiter] of waiters)
    if (number < 0) waiter.reject(new SpoolError("failed", "the audit spool is failing"));
}
