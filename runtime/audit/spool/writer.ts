import { createBacklog } from "./backlog.js";
import type { Waiter } from "./backlog.js";
import { batchesOf, controlFrames, entriesOf, rejectMarks, weightOf } from "./batch.js";
import type { Batch } from "./batch.js";
import { createBell } from "./bell.js";
import { createCheckpoints } from "./checkpoints.js";
import { frameBound } from "./frame.js";
import { codeOf, isNoSpace } from "./error-codes.js";
import { createRetry } from "./retry.js";
import { SpoolError } from "./spool-error.js";
import type { SpoolAlert, SpoolEvent } from "./spool.js";
import type { Writer, WriterOptions } from "./writer-types.js";

export function createWriter(options: WriterOptions): Writer {
  const { log, epoch, batches, controls, reserve, groupCommit } = options;
  const backlog = createBacklog();
  let batch = batches.take(0);
  let unsynced: Batch[] = [];
  /** What a sync or a restart has in its hands. */
  let inHand: readonly Batch[] = [];
  /** What all events in memory weigh. */
  let weight = 0;
  let state: "working" | "restarting" | "failing" = options.start;
  let failure: { readonly code: string } | undefined;
  let isScheduled = false;
  let isSyncing = false;
  let isClosing = false;
  let isClosed = false;
  let through = 0;
  /** Below zero, and so no number of an event. */
  let lastMark = 0;
  let checkpoint: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  /** Rings when no sync or restart is under way any more. */
  const bell = createBell();

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
    if (sealed.controls.length > 0) log.append(controlFrames(sealed.controls, epoch));
    sealed.checkpoint = checkpoints.write(sealed.events);
  };

  const hasWork = (): boolean =>
    batch.length > 0 || batch.waiters.size > 0 || !controls.isEmpty() || checkpoints.isDue();

  const flush = (): void => {
    if (isClosed || !hasWork()) return;
    const full = batch;
    batch = batches.takeBehind(full);
    seal(full);
    unsynced.push(full);
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

  const enter = (done: Batch): void => {
    options.onDurable(done);
    weight -= done.bytes;
    through = Math.max(through, done.through);
    checkpoint = done.checkpoint ?? checkpoint;
  };

  /** All in hand is durable. */
  const settle = (): void => {
    const group = inHand;
    inHand = [];
    for (const done of group) enter(done);
    for (const done of group) {
      for (const [sequence, waiter] of done.waiters) waiter.resolve(sequence);
      batches.give(done);
    }
    bell.ring();
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
      rejectMarks(each);
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
    retry.stop();
    absorbAll();
    isSyncing = true;
    inHand = batchesOf(backlog.takeAll(), batches);
    try {
      log.restart("grown");
      const last = inHand.at(-1);
      if (last !== undefined) seal(last);
      checkpoints.request();
      for (const taken of inHand) append(taken);
      await log.sync();
    } catch (error) {
      failure = { code: codeOf(error) };
      const failed = inHand;
      inHand = [];
      absorb(failed);
      await giveUp(failure.code);
      isSyncing = false;
      bell.ring();
      return;
    }
    isSyncing = false;
    state = "working";
    retry.reset();
    settle();
    alert({ code: "resumed" });
    takeUp();
    void reserve.fill();
    options.onProgress();
  };

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
    if (isNoSpace(code) && reserve.isThere()) await say();
    if (!isClosing) retry.later();
  };

  const retry = createRetry(() => {
    if (!isSyncing && !isClosing) void restart();
  });

  /** Says in the space written ahead what there is no other space to say; tells whether it could. */
  const say = async (): Promise<boolean> => {
    const sealed = batches.take(0);
    seal(sealed);
    try {
      if (!log.reopen()) {
        if (!reserve.isThere()) throw new Error("no space was written ahead");
        reserve.use();
        log.restart("reserve");
      }
      log.append(controlFrames(sealed.controls, epoch));
      sealed.checkpoint = log.checkpoint("open");
      await log.sync();
      enter(sealed);
      return true;
    } catch {
      absorb([sealed]);
      return false;
    }
  };

  const said = async (): Promise<void> => {
    if (isSyncing) {
      await bell.heard();
      return said();
    }
    if (state === "working") return settled();
    isSyncing = true;
    const isSaid = await say();
    isSyncing = false;
    bell.ring();
    if (!isClosing) retry.later();
    if (!isSaid) throw new SpoolError("failed", "the audit spool is failing");
  };

  const checkpoints = createCheckpoints(log, options.checkpoint, schedule);

  const settled = (): Promise<void> =>
    new Promise((resolve, reject) => {
      lastMark -= 1;
      batch.waiters.set(lastMark, { resolve: () => resolve(), reject });
      schedule();
    });

  if (state === "failing") retry.later();

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
      if (isSyncing) await bell.heard();
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

  return {
    put,
    schedule,
    record(control) {
      controls.record(control);
      schedule();
    },
    alert,
    said,
    retry() {
      if (state === "failing" && !isSyncing && !isClosing) void restart();
    },
    takeOldest(category) {
      const entry = backlog.takeOldest(category);
      weight -= entry?.bytes ?? 0;
      return entry;
    },
    state: () => state,
    pending: () =>
      [batch, ...unsynced, ...inHand].reduce((sum, { events }) => sum + events, 0) + backlog.size(),
    weight: () => weight,
    through: () => through,
    checkpoint: () => checkpoint,
    async close() {
      isClosing = true;
      checkpoints.stop();
      await drain();
      clearTimeout(timer);
      retry.stop();
      await reserve.filled();
      isClosed = true;
      try {
        if (state !== "working") throw new SpoolError("failed", "the audit spool is failing");
        checkpoint = log.checkpoint("closed");
        await log.sync();
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
