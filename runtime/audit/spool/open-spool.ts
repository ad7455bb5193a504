import { randomUUID } from "node:crypto";
import type { Entry, Waiter } from "./backlog.js";
import { createBatches, weightOf } from "./batch.js";
import { createClock } from "./clock.js";
import { createControls } from "./controls.js";
import { createGaps } from "./gaps.js";
import type { GapFate } from "./gaps.js";
import { canonicalJson } from "./ledger.js";
import { createLog } from "./log.js";
import { readSpool } from "./read-spool.js";
import { recoverSpool } from "./recover-spool.js";
import type { Recovered } from "./recover-spool.js";
import { releasable } from "./releasable.js";
import { createReserve } from "./reserve.js";
import { SpoolError } from "./spool-error.js";
import type { FullPolicy, Spool, SpoolEvent, SpoolOptions } from "./spool.js";
import { nodeFiles } from "./spool-files.js";
import type { SpoolFiles } from "./spool-files.js";
import { createWriter } from "./writer.js";

const MIB = 1024 * 1024;
/** Events that wait for room, and are not in the spool's memory yet. */
const MAX_BLOCKED = 1024;

interface Blocked {
  readonly event: SpoolEvent;
  readonly waiter: Waiter;
  readonly timer: NodeJS.Timeout;
}

/**
 * Opens a spool, one process at a time: recovers what the last process left, and begins an epoch
 * with a record of it that is durable when this resolves.
 *
 * @throws SpoolError `locked`, or `unusable` where the folder cannot be read and written.
 */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { folder, files = nodeFiles } = options;
  for (const [name, { then }] of Object.entries(options.categories)) {
    if (Buffer.byteLength(name) > 255) throw new Error(`the category \`${name}\` is too long`);
    if (then === "spill" && options.spill === undefined)
      throw new Error(`the category \`${name}\` spills, but there is no spool to spill to`);
  }
  let unlock: (() => void) | undefined;
  try {
    files.makeFolder(folder);
    unlock = files.lock(folder);
    const recovered = await recoverSpool(files, folder);
    return await begin(options, files, recovered, unlock);
  } catch (error) {
    unlock?.();
    if (error instanceof SpoolError) throw error;
    const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
    if (code === undefined) throw error;
    throw new SpoolError("unusable", `the audit spool cannot be opened (${code})`);
  }
}

async function begin(
  options: SpoolOptions,
  files: SpoolFiles,
  recovered: Recovered,
  unlock: () => void,
): Promise<Spool> {
  const { folder, limits, categories, onAlert } = options;
  const { window = MIB, memoryBytes = 8 * MIB, eventBytes = MIB } = options;
  const groupCommit = options.groupCommit ?? { milliseconds: 5, bytes: 256 * 1024 };
  const epoch = recovered.epoch + 1;
  const clock = createClock(
    options.now ?? Date.now,
    options.monotonic ?? (() => performance.now()),
  );
  const log = createLog({
    files,
    folder,
    origin: recovered.origin ?? `gatewright-spool/${randomUUID()}`,
    epoch,
    window,
    segmentBytes: options.segmentBytes ?? 32 * MIB,
    signers: options.signers ?? [],
    now: clock.now,
    tallies: options.tallies ?? (() => ({})),
    state: recovered.state,
    segments: recovered.segments,
    lastNumber: recovered.lastNumber,
  });
  const gaps = createGaps();
  const controls = createControls(gaps, clock, onAlert);
  const { ledger } = recovered.state;
  const counts = {
    accepted: 0,
    durable: ledger.events + ledger.spilled,
    dropped: ledger.dropped + ledger.lost,
    rejected: ledger.rejected,
    spilled: ledger.spilled,
  };
  counts.accepted = counts.durable + counts.dropped + counts.rejected;
  let sequence = 0;
  const spilling = new Set<Promise<unknown>>();
  let blocked: readonly Blocked[] = [];
  let isClosed = false;
  let mark: "low" | "soft" | "hard" = "low";

  const settle = (event: SpoolEvent, number: number, fate: GapFate, reason: string): void => {
    counts[fate] += 1;
    if (fate === "spilled") counts.durable += 1;
    gaps.add({ category: event.category, fate, reason }, number);
    writer.schedule();
  };

  const lookAtMarks = (): void => {
    const bytes = log.bytes() + (reserve.isThere() ? limits.reserve : 0);
    const reached = bytes >= limits.hard ? "hard" : bytes >= limits.soft ? "soft" : "low";
    if (reached === mark) return;
    const isHigher = reached === "hard" || mark === "low";
    mark = reached;
    if (isHigher && reached !== "low") writer.alert({ code: `${reached}-mark` });
  };

  const reserve = createReserve({
    files,
    folder,
    bytes: limits.reserve,
    onMissing: (error) => {
      const detail = error instanceof Error && "code" in error ? String(error.code) : "unknown";
      onAlert({ code: "reserve-missing", detail });
    },
  });

  log.restart("grown", recovered.opening);
  await log.sync();

  const writer = createWriter({
    log,
    epoch,
    batches: createBatches(groupCommit.bytes, epoch),
    controls,
    reserve,
    groupCommit,
    checkpoint: options.checkpoint ?? { events: 10_000, seconds: 60 },
    numbers: { last: () => sequence, areElsewhere: () => spilling.size > 0 },
    onDurable(events) {
      counts.durable += events;
    },
    onRejected({ event, sequence: number, waiter }, error) {
      settle(event, number, "rejected", "failing");
      waiter?.reject(error);
    },
    onDropped: ({ event, sequence: number, waiter }: Entry) => {
      settle(event, number, waiter ? "rejected" : "dropped", "shutdown");
      waiter?.reject(new SpoolError("failed", "the audit spool is failing"));
    },
    onProgress() {
      lookAtMarks();
      admit();
    },
  });

  /** Why an event cannot be taken; undefined where it can. */
  const obstacleTo = (event: SpoolEvent, { isCritical }: FullPolicy): string | undefined => {
    const weight = weightOf(event);
    if (weight > eventBytes || Buffer.byteLength(event.id) > 65_535) return "too-large";
    if (sequence - writer.through() >= window) return "window";
    if (mark === "hard" && isCritical !== true) return "hard-mark";
    if (writer.weight() + weight > memoryBytes) return "memory";
    return undefined;
  };

  const policyOf = (category: string): FullPolicy => {
    const policy = Object.hasOwn(categories, category) ? categories[category] : undefined;
    if (policy === undefined) throw new Error(`the spool knows no category \`${category}\``);
    return policy;
  };

  const take = (event: SpoolEvent, waiter: Waiter | undefined): number => {
    sequence += 1;
    writer.put(event, sequence, waiter);
    return sequence;
  };

  /** Beyond the window no number is given, so that the bound an epoch tells of the last one holds. */
  const nextNumber = (): number => {
    if (sequence - writer.through() >= window) return 0;
    sequence += 1;
    return sequence;
  };

  const reject = (event: SpoolEvent, reason: string): SpoolError => {
    settle(event, nextNumber(), "rejected", reason);
    return new SpoolError("full", `the audit spool has no room (${reason})`);
  };

  const spill = (event: SpoolEvent, waiter: Waiter | undefined): number => {
    const number = nextNumber();
    const commit =
      options.spill?.commit(event) ?? Promise.reject(new Error("no spool to spill to"));
    const spilled = commit.then(
      () => {
        spilling.delete(spilled);
        settle(event, number, "spilled", "full");
        waiter?.resolve(number);
      },
      () => {
        spilling.delete(spilled);
        settle(event, number, waiter ? "rejected" : "dropped", "spill-failed");
        waiter?.reject(new SpoolError("failed", "the spool to spill to did not keep it"));
      },
    );
    spilling.add(spilled);
    return number;
  };

  /** Makes room in memory by the oldest of the same category. */
  const displace = (event: SpoolEvent): boolean => {
    while (writer.weight() + weightOf(event) > memoryBytes) {
      const oldest = writer.takeOldest(event.category);
      if (oldest === undefined) return false;
      settle(oldest.event, oldest.sequence, "dropped", "displaced");
    }
    return true;
  };

  /** What the category says for the case that there is no room. */
  const overflow = (event: SpoolEvent, reason: string, waiter: Waiter | undefined): number => {
    const { then } = policyOf(event.category);
    if (reason !== "too-large") {
      if (then === "spill") return spill(event, waiter);
      if (then === "drop_oldest" && reason === "memory" && waiter === undefined && displace(event))
        return take(event, undefined);
      if (then !== "fail_closed" && waiter === undefined) {
        const number = nextNumber();
        settle(event, number, "dropped", reason);
        return number;
      }
    }
    throw reject(event, reason);
  };

  const overflowAwaited = ({ event, waiter }: Omit<Blocked, "timer">, reason: string): void => {
    try {
      overflow(event, reason, waiter);
    } catch (error) {
      waiter.reject(error as SpoolError);
    }
  };

  /** A commit that finds the disk failing is as one that finds it full. */
  const obstacleToCommit = (event: SpoolEvent, policy: FullPolicy): string | undefined =>
    obstacleTo(event, policy) ?? (writer.state() === "failing" ? "failing" : undefined);

  /** Lets in those that wait, in their order, while there is room. */
  const admit = (): void => {
    while (blocked.length > 0) {
      const [first, ...rest] = blocked;
      if (first === undefined) return;
      if (obstacleToCommit(first.event, policyOf(first.event.category)) !== undefined) return;
      blocked = rest;
      clearTimeout(first.timer);
      take(first.event, first.waiter);
    }
  };

  const block = (event: SpoolEvent, waiter: Waiter, milliseconds: number): void => {
    const waiting: Blocked = {
      event,
      waiter,
      timer: setTimeout(() => {
        blocked = blocked.filter((other) => other !== waiting);
        overflowAwaited(waiting, "blocked");
      }, milliseconds),
    };
    blocked = [...blocked, waiting];
  };

  const commit = (event: SpoolEvent, waiter: Waiter): void => {
    if (isClosed) throw new SpoolError("closed", "the audit spool is closed");
    const policy = policyOf(event.category);
    counts.accepted += 1;
    const obstacle = obstacleToCommit(event, policy);
    const { blockMilliseconds = 0 } = policy;
    const mayWait = blockMilliseconds > 0 && blocked.length < MAX_BLOCKED;
    if (obstacle === undefined) take(event, waiter);
    else if (mayWait && obstacle !== "too-large") block(event, waiter, blockMilliseconds);
    else overflowAwaited({ event, waiter }, obstacle);
  };

  if (recovered.opening.after === "unclean") writer.alert({ code: "unclean-stop" });
  for (const { segment, from } of recovered.damaged)
    writer.alert({ code: "damaged", detail: `segment ${segment} at ${from}` });
  await reserve.fill();
  lookAtMarks();

  return {
    accept(event) {
      if (isClosed) throw new SpoolError("closed", "the audit spool is closed");
      const policy = policyOf(event.category);
      counts.accepted += 1;
      const obstacle = obstacleTo(event, policy);
      return obstacle === undefined ? take(event, undefined) : overflow(event, obstacle, undefined);
    },
    commit: (event) => new Promise((resolve, reject) => commit(event, { resolve, reject })),
    read: ({ from, max }) => readSpool({ files, folder, log, from, max }),
    async release({ passed, floorMilliseconds }) {
      const numbers = releasable(log, passed, clock.now() - floorMilliseconds);
      const through = numbers.at(-1);
      if (through === undefined) return 0;
      writer.record({ kind: "release", line: canonicalJson({ through }) });
      await writer.settled();
      let removed = 0;
      try {
        for (; removed < numbers.length; removed += 1) log.removeOldest();
      } catch {
        writer.alert({ code: "remove-failed" });
      }
      void reserve.fill();
      lookAtMarks();
      admit();
      return removed;
    },
    counts: () => ({ ...counts, pending: writer.pending() + spilling.size + blocked.length }),
    checkpoint: () => writer.checkpoint(),
    isFailing: () => writer.state() !== "working",
    epoch,
    async close() {
      if (isClosed) return;
      isClosed = true;
      for (const waiting of blocked) {
        clearTimeout(waiting.timer);
        overflowAwaited(waiting, "shutdown");
      }
      blocked = [];
      await Promise.allSettled(spilling);
      try {
        await writer.close();
      } finally {
        unlock();
      }
    },
  };
}
