import { join } from "node:path";
import { GateError } from "../../gate-error.js";
import { createBell } from "./bell.js";
import { createCollector } from "./collect.js";
import { createDeadLetters } from "./dead-letters.js";
import { createStateFile } from "./delivery-state.js";
import type { DeliveryState, StateFile } from "./delivery-state.js";
import type { Delivery, DeliveryAlert, DeliveryOptions } from "./delivery-types.js";
import { createReader } from "./reader.js";
import type { Item } from "./reader.js";
import { countGone } from "./record-source.js";
import type { RecordSource } from "./record-source.js";
import { createSettler } from "./settle.js";
import type { Settled } from "./settle.js";
import { wordOf } from "./sink-error.js";

const BATCH = { count: 500, bytes: 512 * 1024, milliseconds: 200 };
const RETRY = { first: 200, longest: 30_000 };
const TIME_LIMIT = 30_000;
const POLL_EVERY = 100;
const DRAIN = 5000;
const HELD = 60_000;

/**
 * Delivers what the log holds to one sink, in order and at least once, beginning where it left off;
 * a new sink begins with the oldest event. `folder` holds `<name>.cursor`, and `<name>.dead.jsonl`
 * once there are dead letters. One process at a time.
 *
 * @throws GateError `configuration-invalid` for a name that is no name of a file
 * @throws the file system's or the log's error where the state cannot be read
 */
export async function openDelivery(options: DeliveryOptions): Promise<Delivery> {
  const { name, sink, source, folder, categories, fallBack, random = Math.random } = options;
  if (!/^[A-Za-z0-9][\w.-]{0,99}$/.test(name)) {
    throw new GateError("configuration-invalid", "the name of an audit sink is no name of a file");
  }
  const retry = { ...RETRY, ...options.retry };
  const file = createStateFile(join(folder, `${name}.cursor`));
  const deadLetters = createDeadLetters(join(folder, `${name}.dead.jsonl`));
  const alert = createAlert(options);
  let state = await loadState({ file, source, alert });
  const reader = createReader({
    source,
    accepts:
      categories === undefined ? () => true : ({ category }) => categories.includes(category),
    from: state.place,
    passedOver: state.passedOver,
  });
  const bell = createBell();
  const stop = new AbortController();
  let isClosing = false;
  let waiting: (() => void)[] = [];
  let held: NodeJS.Timeout | undefined;
  const letGo = () => {
    clearInterval(held);
    held = undefined;
  };

  /** Tries until it is done; false where it was stopped before. */
  const insist = async (work: () => Promise<void>): Promise<boolean> => {
    for (;;) {
      try {
        await work();
        return true;
      } catch (error) {
        alert("not-kept", wordOf(error));
        if (isClosing || stop.signal.aborted) return false;
        await bell.wait(retry.first);
      }
    }
  };
  const save = (next: DeliveryState) =>
    insist(async () => {
      await file.save(next);
      state = next;
    });
  const onTaken = (items: readonly Item[]) => {
    const flight = { first: items[0]?.record.id ?? "", count: items.length };
    return insist(() => file.saveFlight(flight));
  };
  const onSettled = async ({ items, refused, by }: Settled): Promise<boolean> => {
    const last = items.at(-1);
    if (last === undefined) return true;
    if (refused.length > 0) {
      if (!(await insist(() => deadLetters.keep(name, refused)))) return false;
      alert("dead-letters", String(refused.length));
    }
    const kept = items.length - refused.length;
    return save({
      ...state,
      place: last.after,
      passedOver: last.passedOver,
      delivered: state.delivered + kept,
      fellBack: state.fellBack + (by === "fall-back" ? kept : 0),
      deadLettered: state.deadLettered + refused.length,
    });
  };
  /** Nothing is in hand and the log has no more: the counts must agree to the event. */
  const onNothing = async () => {
    const durable = source.durable();
    const { after, passedOver } = reader.end();
    const { before, missed, delivered, deadLettered } = state;
    const difference = durable - before - passedOver - missed - delivered - deadLettered;
    const hasMoved = after.cursor?.segment !== state.place.cursor?.segment;
    // Where something became durable just now, it is for the next look.
    const isAtEnd = (await source.read({ from: after.cursor, max: 1 })).records.length === 0;
    const isQuiet = isAtEnd && source.durable() === durable;
    // Whoever asks while the state is saved asks about more than was looked at here.
    const asked = isQuiet ? waiting : [];
    if (isQuiet) waiting = [];
    if (isQuiet && difference > 0) alert("missed", String(difference));
    if (isQuiet && difference < 0) alert("counts-differ", String(-difference));
    if (hasMoved || passedOver !== state.passedOver || (isQuiet && difference !== 0)) {
      const settled = isQuiet ? difference : 0;
      await save({
        ...state,
        place: after,
        passedOver,
        before: before + Math.min(0, settled),
        missed: missed + Math.max(0, settled),
      });
    }
    for (const resolve of asked) resolve();
    if (isQuiet && waiting.length === 0) letGo();
  };
  const common = { bell, isClosing: () => isClosing };
  const settler = createSettler({
    ...common,
    sink,
    fallBack,
    retry,
    random,
    alert,
    onTaken,
    onSettled,
    timeLimit: options.timeLimit ?? TIME_LIMIT,
    stop: stop.signal,
  });
  const collector = createCollector({
    ...common,
    reader,
    onNothing,
    flight: await file.loadFlight(),
    limits: { ...BATCH, ...options.batch },
    pollEvery: options.pollEvery ?? POLL_EVERY,
    isStopped: () => stop.signal.aborted,
    onError: (error) => alert("not-kept", wordOf(error)),
  });
  const run = async () => {
    for (;;) {
      const items = await collector.next();
      if (items.length === 0 || !(await settler.settle(items))) return;
    }
  };
  const running = run();

  const close = async ({ drain = DRAIN } = {}) => {
    isClosing = true;
    bell.ring();
    const timer = setTimeout(() => {
      stop.abort();
      bell.ring();
    }, drain);
    await running;
    clearTimeout(timer);
    letGo();
    const ends = [sink.close(), fallBack?.sink.close(), deadLetters.close()];
    for (const end of await Promise.allSettled(ends)) {
      if (end.status === "rejected") throw end.reason;
    }
  };
  let closed: Promise<void> | undefined;
  return {
    name,
    counts() {
      const { before, delivered, deadLettered, missed, fellBack } = state;
      // What the filter passed over was never this sink's.
      const durable = source.durable() - before - reader.end().passedOver;
      const pending = durable - delivered - deadLettered - missed;
      return { durable, delivered, pending, deadLettered, missed, fellBack };
    },
    passed: () => state.place.cursor ?? { segment: 0, offset: 0, sequence: 0 },
    isFailing: settler.isFailing,
    wake() {
      if (collector.isResting()) bell.ring();
    },
    idle() {
      if (collector.isResting()) bell.ring();
      // The pauses of a delivery keep no process alive, but whoever waits for this wants to see it.
      if (!isClosing) held ??= setInterval(() => undefined, HELD);
      return new Promise((resolve) => waiting.push(resolve));
    },
    close: (how) => (closed ??= close(how)),
  };
}

/** An alert that cannot be told must not stop the delivery. */
function createAlert({ name, onAlert }: DeliveryOptions) {
  return (code: DeliveryAlert["code"], detail?: string) => {
    try {
      onAlert({ sink: name, code, ...(detail === undefined ? {} : { detail }) });
    } catch {
      // Its caller's fault, of which nobody else is to suffer.
    }
  };
}

async function loadState(opening: {
  readonly file: StateFile;
  readonly source: RecordSource;
  readonly alert: (code: DeliveryAlert["code"]) => void;
}): Promise<DeliveryState> {
  const { file, source, alert } = opening;
  const kept = await file.load().catch((error: unknown) => {
    // What the disk cannot give is an error; what it gives and is no state, a loss of the place.
    if (Object(error).syscall !== undefined) throw error;
    alert("state-damaged");
    return undefined;
  });
  if (kept !== undefined) return kept;
  const none = { passedOver: 0, delivered: 0, fellBack: 0, deadLettered: 0, missed: 0 };
  const fresh = { place: { skip: 0 }, before: await countGone(source), ...none };
  await file.save(fresh);
  return fresh;
}
