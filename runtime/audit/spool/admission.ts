import type { Waiter } from "./backlog.js";
import { weightOf } from "./batch.js";
import type { GapFate } from "./ledger.js";
import { SpoolError } from "./spool-error.js";
import type { FullPolicy, SpoolEvent, SpoolOptions } from "./spool.js";
import type { Writer } from "./writer-types.js";

/** Events that wait for room, and are not in the spool's memory yet. */
const MAX_BLOCKED = 1024;
/** The rest of the memory is for what is critical alone: a flood of the rest cannot drown it. */
const SHARED_MEMORY = 0.75;
/** A frame has two bytes for the length of the id. */
const MAX_ID_BYTES = 65_535;

/** As long as the record of a request is at most, as a rule. */
const SAMPLE = " ".repeat(4096);

interface Blocked {
  readonly event: SpoolEvent;
  readonly waiter: Waiter;
  readonly timer: NodeJS.Timeout;
}

export interface AdmissionOptions {
  readonly options: Pick<SpoolOptions, "categories" | "spill"> & {
    readonly window: number;
    readonly memoryBytes: number;
    readonly eventBytes: number;
  };
  readonly writer: Writer;
  /** Says what became of an event that gets no frame; `number` 0 for one that has none. */
  readonly settle: (event: SpoolEvent, number: number, fate: GapFate, reason: string) => void;
  readonly isAtHardMark: () => boolean;
}

/** Gives numbers, and does what the category of an event says where there is no room for it (P5). */
export interface Admission {
  /** @throws Error for an unknown category. */
  check(event: SpoolEvent): void;
  accept(event: SpoolEvent): number;
  commit(event: SpoolEvent, waiter: Waiter): void;
  hasRoom(category: string): boolean;
  /** Lets in those that wait, in their order, while there is room. */
  admit(): void;
  /** The last number that was given. */
  last(): number;
  spilling(): number;
  /** Events that the writer does not have. */
  pending(): number;
  close(): Promise<void>;
}

export function createAdmission({
  options,
  writer,
  settle,
  isAtHardMark,
}: AdmissionOptions): Admission {
  const { categories, window, memoryBytes, eventBytes } = options;
  const spilling = new Set<Promise<unknown>>();
  let sequence = 0;
  let blocked: readonly Blocked[] = [];

  /** Why an event cannot be taken; undefined where it can. */
  const obstacleTo = (event: SpoolEvent, { isCritical }: FullPolicy): string | undefined => {
    const weight = weightOf(event);
    if (weight > eventBytes || isLongId(event.id)) return "too-large";
    if (sequence - writer.through() >= window) return "window";
    if (isAtHardMark() && isCritical !== true) return "hard-mark";
    if (writer.weight() + weight > memoryFor(isCritical)) return "memory";
    return undefined;
  };

  const memoryFor = (isCritical: FullPolicy["isCritical"]): number =>
    isCritical === true ? memoryBytes : memoryBytes * SHARED_MEMORY;

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

  const commitElsewhere = async (event: SpoolEvent): Promise<void> => {
    if (options.spill === undefined) throw new Error("there is no spool to spill to");
    await options.spill.commit(event);
  };

  const spill = (event: SpoolEvent, waiter: Waiter | undefined): number => {
    const number = nextNumber();
    const spilled = commitElsewhere(event).then(
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
  const displace = (event: SpoolEvent, policy: FullPolicy): boolean => {
    while (writer.weight() + weightOf(event) > memoryFor(policy.isCritical)) {
      const oldest = writer.takeOldest(event.category);
      if (oldest === undefined) return false;
      settle(oldest.event, oldest.sequence, "dropped", "displaced");
    }
    return true;
  };

  /** What the category says for the case that there is no room. */
  const overflow = (event: SpoolEvent, reason: string, waiter: Waiter | undefined): number => {
    const whole = policyOf(event.category);
    const { overflow: policy } = whole;
    if (reason !== "too-large") {
      if (policy === "spill") return spill(event, waiter);
      if (
        policy === "drop_oldest" &&
        reason === "memory" &&
        waiter === undefined &&
        displace(event, whole)
      )
        return take(event, undefined);
      if (policy !== "fail_closed" && waiter === undefined) {
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
      const { lineAt } = first.event;
      take(
        lineAt === undefined ? first.event : { ...first.event, line: lineAt(sequence + 1) },
        first.waiter,
      );
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

  return {
    check: ({ category }) => void policyOf(category),
    accept(event) {
      const obstacle = obstacleTo(event, policyOf(event.category));
      return obstacle === undefined ? take(event, undefined) : overflow(event, obstacle, undefined);
    },
    commit(event, waiter) {
      const policy = policyOf(event.category);
      const obstacle = obstacleToCommit(event, policy);
      const { blockMilliseconds = 0 } = policy;
      const mayWait = blockMilliseconds > 0 && blocked.length < MAX_BLOCKED;
      if (obstacle === undefined) take(event, waiter);
      else if (mayWait && obstacle !== "too-large") block(event, waiter, blockMilliseconds);
      else overflowAwaited({ event, waiter }, obstacle);
    },
    hasRoom: (category) =>
      obstacleToCommit({ category, id: "", line: SAMPLE }, policyOf(category)) === undefined,
    admit,
    last: () => sequence,
    spilling: () => spilling.size,
    pending: () => spilling.size + blocked.length,
    async close() {
      for (const waiting of blocked) {
        clearTimeout(waiting.timer);
        overflowAwaited(waiting, "shutdown");
      }
      blocked = [];
      await Promise.allSettled(spilling);
    },
  };
}

function isLongId(id: string): boolean {
  return id.length * 3 > MAX_ID_BYTES && Buffer.byteLength(id) > MAX_ID_BYTES;
}
