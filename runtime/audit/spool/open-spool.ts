import { randomUUID } from "node:crypto";
import { createAdmission } from "./admission.js";
import type { Entry } from "./backlog.js";
import { createBatches } from "./batch.js";
import { createClock } from "./clock.js";
import { createControls } from "./controls.js";
import { codeOf, isNoSpace } from "./error-codes.js";
import { createGaps } from "./gaps.js";
import type { GapFate } from "./ledger.js";
import { canonicalJson } from "./ledger.js";
import { createLog } from "./log.js";
import type { Log } from "./log.js";
import { readSpool } from "./read-spool.js";
import { recoverSpool } from "./recover-spool.js";
import type { Recovered } from "./recover-spool.js";
import { releasable } from "./releasable.js";
import { createReserve } from "./reserve.js";
import type { Reserve } from "./reserve.js";
import { SpoolError } from "./spool-error.js";
import type { Spool, SpoolAlert, SpoolEvent, SpoolOptions } from "./spool.js";
import { nodeFiles } from "./spool-files.js";
import type { SpoolFiles } from "./spool-files.js";
import { createWriter } from "./writer.js";

const MIB = 1024 * 1024;
/** In UTF-8 it may take three times as much, and a frame holds 16 MiB. */
const MAX_EVENT_BYTES = 5 * MIB;
/**
 * Opens a spool, one process at a time: recovers what the last process left, and begins an epoch
 * with a record of it that is durable when this resolves.
 *
 * @throws SpoolError `locked`, or `unusable` where the folder cannot be read and written.
 */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { folder, files = nodeFiles } = options;
  if ((options.eventBytes ?? 0) > MAX_EVENT_BYTES) throw new Error("`eventBytes` is above 5 MiB");
  for (const [name, { overflow }] of Object.entries(options.categories)) {
    if (Buffer.byteLength(name) > 255) throw new Error(`the category \`${name}\` is too long`);
    if (overflow === "spill" && options.spill === undefined)
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
  const { folder, limits } = options;
  const { window = MIB, memoryBytes = 8 * MIB, eventBytes = MIB } = options;
  const groupCommit = options.groupCommit ?? { milliseconds: 5, bytes: 256 * 1024 };
  const epoch = recovered.epoch + 1;
  const onAlert = (alert: SpoolAlert): void => {
    try {
      options.onAlert(alert);
    } catch {
      // Whoever hears an alert is not to stop what it is about.
    }
  };
  const { onRecorded = () => undefined } = options;
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
      onAlert({ code: "reserve-missing", detail: codeOf(error) });
    },
  });

  const start = await beginEpoch(log, recovered, reserve);

  const writer = createWriter({
    log,
    epoch,
    start,
    batches: createBatches(groupCommit.bytes, epoch),
    controls,
    reserve,
    groupCommit,
    checkpoint: options.checkpoint ?? { events: 10_000, seconds: 60 },
    // By name: the writer asks before it is there, but never before it has taken an event.
    numbers: { last: () => admission.last(), areElsewhere: () => admission.spilling() > 0 },
    onDurable({ events, controls: said, checkpoint }) {
      counts.durable += events;
      for (const { kind, line } of said) if (kind === "gap") onRecorded({ kind, line });
      if (checkpoint !== undefined) onRecorded({ kind: "checkpoint", line: checkpoint });
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
      admission.admit();
    },
  });

  const admission = createAdmission({
    options: { ...options, window, memoryBytes, eventBytes },
    writer,
    settle,
    isAtHardMark: () => mark === "hard",
  });

  if (recovered.opening.after === "unclean") writer.alert({ code: "unclean-stop" });
  for (const { segment, from } of recovered.damaged)
    writer.alert({ code: "damaged", detail: `segment ${segment} at ${from}` });
  if (start === "working") await reserve.fill();
  lookAtMarks();

  return {
    accept(event) {
      if (isClosed) throw new SpoolError("closed", "the audit spool is closed");
      admission.check(event);
      counts.accepted += 1;
      return admission.accept(event);
    },
    commit: (event) =>
      new Promise((resolve, reject) => {
        if (isClosed) throw new SpoolError("closed", "the audit spool is closed");
        admission.check(event);
        counts.accepted += 1;
        admission.commit(event, { resolve, reject });
      }),
    next: () => admission.last() + 1,
    segment: () => log.durable().segment,
    hasRoom: (category) => !isClosed && admission.hasRoom(category),
    read: ({ from, max }) => readSpool({ files, folder, log, from, max }),
    async release({ passed, floorMilliseconds }) {
      const numbers = releasable(log, passed, clock.now() - floorMilliseconds);
      const through = numbers.at(-1);
      if (through === undefined) return 0;
      writer.record({ kind: "release", line: canonicalJson({ through }) });
      await writer.said();
      let removed = 0;
      try {
        for (; removed < numbers.length; removed += 1) log.removeOldest();
      } catch {
        writer.alert({ code: "remove-failed" });
      }
      writer.retry();
      if (writer.state() === "working") void reserve.fill();
      lookAtMarks();
      admission.admit();
      return removed;
    },
    counts: () => ({ ...counts, pending: writer.pending() + admission.pending() }),
    checkpoint: () => writer.checkpoint(),
    isFailing: () => writer.state() !== "working",
    epoch,
    opening: recovered.opening,
    async close() {
      if (isClosed) return;
      isClosed = true;
      await admission.close();
      try {
        await writer.close();
      } finally {
        unlock();
      }
    },
  };
}

/** On a full disk an epoch begins in the space written ahead: else nobody could make room. */
async function beginEpoch(
  log: Log,
  { opening }: Recovered,
  reserve: Reserve,
): Promise<"working" | "failing"> {
  try {
    log.restart("grown", opening);
    await log.sync();
    return "working";
  } catch (error) {
    reserve.adopt();
    if (!reserve.isThere() || !isNoSpace(codeOf(error))) throw error;
  }
  reserve.use();
  log.restart("reserve", opening);
  await log.sync();
  return "failing";
}
