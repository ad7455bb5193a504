import { createBacklog } from "./backlog.js";
import type { Waiter } from "./backlog.js";
import { batchesOf, entriesOf, weightOf } from "./batch.js";
import type { Batch, Control } from "./batch.js";
import { createFrame, frameBound } from "./frame.js";
import { SpoolError } from "./spool-error.js";
import type { SpoolAlert, SpoolEvent } from "./spool.js";
import type { Writer, WriterOptions } from "./writer-types.js";

/** First and last pause between attempts to go on after a failure. */
const PAUSES = { first: 50, last: 5000 } as const;
export function createWriter(options: WriterOptions): Writer {
  const { log, epoch, batches, controls, reserve, groupCommit } = options;
  const backlog = createBacklog();
  let batch = batches.take(0);
  let unsynced: readonly Batch[] = [];
  /** What a sync or a restart has in its hands. */
  let inHand: readonly Batch[] = [];
  /** What all events in memory weigh. */
  let weight = 0;
  let state: "working" | "restarting" | "failing" = "working";
  let failure: { readonly code: string } | undefined;
  let isScheduled = false;
  let isSyncing = false;
  let isClosing = false;
  let isClosed = false;
  let isCheckpointDue = false;
  let eventsSinceCheckpoint = 0;
  let through = 0;
  /** Below zero, and so no number of an event. */
  let lastMark = 0;
  let checkpoint: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let idle: (() => void)[] = [];

  const held = () => [batch, ...unsynced, ...inHand];

  const alert = (made: SpoolAlert): void => {
    controls.alert(made);
    schedule();
  };

  const schedule = (): void => {
    if (isScheduled || isClosed || state !== "working") return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      if (state === "working") flush();
    });
  };

  const seal = (sealed: Batch): void => {
    controls.seal(sealed);
    const areAllRecorded = controls.areGapsSealed() && backlog.size() === 0;
    if (areAllRecorded && !options.numbers.areElsewhere()) sealed.through = options.numbers.last();
  };

  /** Appends a sealed batch, and a checkpoint where one is due. */
  const append = (sealed: Batch): void => {
    if (sealed.length > 0) log.append(sealed.buffer.subarray(0, sealed.length));
    if (sealed.controls.length > 0) log.append(framesOf(sealed.controls, epoch));
    eventsSinceCheckpoint += sealed.events;
    if (isCheckpointDue || eventsSinceCheckpoint >= options.checkpoint.events) {
      sealed.checkpoint = log.checkpoint("open");
      isCheckpointDue = false;
      eventsSinceCheckpoint = 0;
    }
  };

  const hasWork = (): boolean =>
    batch.length > 0 || batch.waiters.size > 0 || !controls.isEmpty() || isCheckpointDue;

  const flush = (): void => {
    if (isClosed || !hasWork()) return;
    const full = batch;
    batch = batches.take(0);
    seal(full);
    unsynced = [...unsynced, full];
    try {
      append(full);
    } catch (error) {
      fail(error);
      return;
    }
    syncSoon();
    if (!controls.areGapsSealed()) schedule();
  };

  const syncSoon = (): void => {
    if (isSyncing || state !== "working" || unsynced.length === 0) return;
    const bytes = unsynced.reduce((sum, { length }) => sum + length, 0);
    // Whoever waits does not wait for a timer: while one group is synced, the next one gathers.
    if (bytes >= groupCommit.bytes || unsynced.some(({ waiters }) => waiters.size > 0))
      void syncNow();
    else timer ??= setTimeout(() => void syncNow(), groupCommit.milliseconds);
  };

  const syncNow = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    if (isSyncing || state !== "working" || unsynced.length === 0) return;
    isSyncing = true;
    inHand = unsynced;
    unsynced = [];
    try {
      await log.sync();
    } catch (error) {
      isSyncing = false;
      unsynced = [...inHand, ...unsynced];
      inHand = [];
      fail(error);
      return;
    }
    isSyncing = false;
    settle();
    // A write may have failed meanwhile; it waited for this sync.
    if (state === "working") syncSoon();
    else void restart();
    options.onProgress();
  };

  /** All in hand is durable. */
  const settle = (): void => {
    const group = inHand;
    inHand = [];
    for (const done of group) {
      options.onDurable(done.events);
      weight -= done.bytes;
      through = Math.max(through, done.through);
      checkpoint = done.checkpoint ?? checkpoint;
    }
    for (const done of group) {
      for (const [sequence, waiter] of done.waiters) waiter.resolve(sequence);
      batches.give(done);
    }
    wakeIdle();
  };

  const wakeIdle = (): void => {
    const woken = idle;
    idle = [];
    for (const wake of woken) wake();
  };

  const fail = (error: unknown): void => {
    failure = { code: codeOf(error) };
    if (state === "working") {
      state = "restarting";
      alert({ code: isNoSpace(failure.code) ? "full" : "failing", detail: failure.code });
    }
    // Invariant: a restart begins with no sync under way, so that no descriptor closes under one.
    if (!isSyncing) void restart();
  };

  /** Takes batches apart that did not become durable. */
  const absorb = (failed: readonly Batch[]): void => {
    backlog.putBack(failed.flatMap(entriesOf));
    for (const each of failed) {
      controls.restore(each);
      for (const [sequence, waiter] of each.waiters)
        if (sequence <= 0) waiter.reject(new SpoolError("failed", "the audit spool is failing"));
    }
    for (const taken of failed) batches.give(taken);
  };

  const absorbAll = (): void => {
    const all = [...unsynced, batch];
    unsynced = [];
    batch = batches.take(0);
    absorb(all);
  };

  /** Writes all that is not durable into a new segment, until that succeeds. */
  const restart = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    absorbAll();
    isSyncing = true;
    inHand = batchesOf(backlog.takeAll(), batches);
    try {
      log.restart("grown");
      const last = inHand.at(-1);
      if (last !== undefined) seal(last);
      isCheckpointDue = true;
      for (const taken of inHand) append(taken);
      await log.sync();
    } catch (error) {
      failure = { code: codeOf(error) };
      const failed = inHand;
      inHand = [];
      absorb(failed);
      await giveUp(failure.code);
      isSyncing = false;
      wakeIdle();
      return;
    }
    isSyncing = false;
    state = "working";
    pause = PAUSES.first;
    settle();
    alert({ code: "resumed" });
    takeUp();
    void reserve.fill();
    options.onProgress();
  };

  let pause: number = PAUSES.first;

  /** What came while the disk was failing. */
  const takeUp = (): void => {
    const taken = batchesOf(backlog.takeAll(), batches);
    const full = taken.slice(0, -1);
    batch = taken.at(-1) ?? batches.take(0);
    unsynced = [...unsynced, ...full];
    try {
      for (const each of full) append(each);
    } catch (error) {
      fail(error);
      return;
    }
    flush();
  };

  /** After a second failure nobody is left to wait; the rest stays in memory for later. */
  const giveUp = async (code: string): Promise<void> => {
    state = "failing";
    for (const entry of backlog.takeAwaited()) {
      weight -= entry.bytes;
      options.onRejected(entry, new SpoolError("failed", `the audit spool is failing (${code})`));
    }
    if (isNoSpace(code)) await useReserve();
    if (isClosing) return;
    timer = setTimeout(() => void restart(), pause);
    pause = Math.min(pause * 2, PAUSES.last);
  };

  /** Says in the space written ahead what there is no other space to say. */
  const useReserve = async (): Promise<void> => {
    if (!reserve.isThere()) return;
    const sealed = batches.take(0);
    seal(sealed);
    try {
      reserve.use();
      log.restart("reserve");
      log.append(framesOf(sealed.controls, epoch));
      checkpoint = log.checkpoint("open");
      await log.sync();
      through = Math.max(through, sealed.through);
    } catch {
      absorb([sealed]);
    }
  };

  const interval = setInterval(() => {
    isCheckpointDue = true;
    schedule();
  }, options.checkpoint.seconds * 1000).unref();

  const settled = (): Promise<void> =>
    new Promise((resolve, reject) => {
      if (state !== "working") {
        reject(new SpoolError("failed", "the audit spool is failing"));
        return;
      }
      lastMark -= 1;
      batch.waiters.set(lastMark, { resolve: () => resolve(), reject });
      schedule();
    });

  const untilIdle = (): Promise<void> => new Promise((resolve) => idle.push(resolve));

  const put = (event: SpoolEvent, sequence: number, waiter: Waiter | undefined): void => {
    weight += weightOf(event);
    if (state === "working" && !batches.hasRoom(batch, event)) flush();
    // The flush may have failed.
    if (state !== "working") {
      backlog.push({ event, sequence, bytes: weightOf(event), waiter });
      return;
    }
    if (!batches.hasRoom(batch, event)) {
      batches.give(batch);
      batch = batches.take(frameBound(event));
    }
    batches.place(batch, event, sequence);
    if (waiter !== undefined) batch.waiters.set(sequence, waiter);
    schedule();
  };

  /** Works until all is durable, or until an attempt that was made for this alone has failed. */
  const drain = async (): Promise<void> => {
    let attempts = 0;
    for (;;) {
      if (isSyncing) await untilIdle();
      else if (state !== "working") {
        if (attempts === 1) return;
        attempts += 1;
        await restart();
      } else if (hasWork() || unsynced.length > 0) {
        flush();
        await syncNow();
      } else return;
    }
  };

  const finish = async (): Promise<void> => {
    if (state !== "working") throw new Error(failure?.code ?? "EIO");
    checkpoint = log.checkpoint("closed");
    await log.sync();
  };

  return {
    put,
    schedule,
    record(control) {
      controls.record(control);
      schedule();
    },
    alert,
    settled,
    takeOldest(category) {
      const entry = backlog.takeOldest(category);
      weight -= entry?.bytes ?? 0;
      return entry;
    },
    state: () => state,
    pending: () => held().reduce((sum, { events }) => sum + events, 0) + backlog.size(),
    weight: () => weight,
    through: () => through,
    checkpoint: () => checkpoint,
    async close() {
      isClosing = true;
      clearInterval(interval);
      await drain();
      clearTimeout(timer);
      await reserve.filled();
      isClosed = true;
      try {
        await finish();
      } catch {
        for (const entry of backlog.takeAll()) options.onDropped(entry);
        weight = 0;
        throw new SpoolError("failed", `the audit spool is failing (${failure?.code ?? "EIO"})`);
      } finally {
        log.close();
      }
    },
  };
}

function framesOf(controls: readonly Control[], epoch: number): Buffer {
  const plain = { epoch, sequence: 0, category: "", id: "" };
  return Buffer.concat(controls.map((control) => createFrame({ ...plain, ...control })));
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "EIO";
}

function isNoSpace(code: string): boolean {
  return code === "ENOSPC" || code === "EDQUOT";
}
