// test/runtime/audit/killed-delivery.ts
import { join as join2 } from "node:path";

// runtime/audit/delivery/open-delivery.ts
import { join } from "node:path";

// runtime/gate-error.ts
var problemStatus = {
  "invalid-target": 400,
  "invalid-parameter": 400,
  "invalid-request": 400,
  "malformed-message": 400,
  "upgrade-refused": 400,
  "missing-credentials": 401,
  "invalid-token": 401,
  "insufficient-user-authentication": 401,
  "insufficient-scope": 403,
  forbidden: 403,
  "not-found": 404,
  "method-not-allowed": 405,
  "request-timeout": 408,
  "upgrade-required": 426,
  "headers-too-large": 431,
  "rewritten-target": 500,
  "chain-incomplete": 500,
  "host-mismatch": 500,
  "internal-error": 500,
  unavailable: 503
};
var statusOf = problemStatus;
var GateError = class extends Error {
  code;
  /** The HTTP status that the code stands for; 500 for faults found at start. */
  status;
  constructor(code, message) {
    super(message);
    this.name = "GateError";
    this.code = code;
    this.status = statusOf[code] ?? 500;
  }
};

// runtime/audit/delivery/bell.ts
function createBell() {
  let isRung = false;
  let wake;
  return {
    wait(milliseconds) {
      return new Promise((resolve) => {
        const timer = setTimeout(() => wake?.(), isRung ? 0 : milliseconds).unref();
        isRung = false;
        wake = () => {
          clearTimeout(timer);
          wake = void 0;
          resolve();
        };
      });
    },
    ring() {
      if (wake === void 0) isRung = true;
      else wake();
    }
  };
}

// runtime/audit/delivery/collect.ts
function createCollector(options) {
  const { reader, limits, pollEvery, bell, isClosing, isStopped, onNothing, onError } = options;
  let { flight } = options;
  let hand = [];
  let since = 0;
  let isResting = false;
  const rest = async (milliseconds) => {
    isResting = hand.length === 0;
    await bell.wait(milliseconds);
    isResting = false;
  };
  const read = async (count) => {
    try {
      if (hand.length === 0) since = performance.now();
      hand = [...hand, ...await reader.read(count - hand.length)];
      return reader.found();
    } catch (error) {
      onError(error);
      return false;
    }
  };
  const cut = (count) => {
    const batch = hand.slice(0, count);
    hand = hand.slice(count);
    since = performance.now();
    flight = void 0;
    return batch;
  };
  const ready = (foundMore) => {
    if (hand.length === 0) return 0;
    if (flight !== void 0 && flight.first === hand[0]?.record.id) {
      if (hand.length >= flight.count) return flight.count;
      if (foundMore) return 0;
    }
    const fitting = countFitting(hand, limits);
    const isFull = fitting < hand.length || hand.length >= limits.count;
    const isDue = performance.now() - since >= limits.milliseconds;
    return isFull || isDue || isClosing() && !foundMore ? fitting : 0;
  };
  return {
    async next() {
      while (!isStopped()) {
        const wanted = Math.max(limits.count, flight?.count ?? 0);
        const foundMore = hand.length < wanted ? await read(wanted) : true;
        const count = ready(foundMore);
        if (count > 0) return cut(count);
        if (foundMore) continue;
        if (hand.length === 0) {
          await onNothing().catch(onError);
          if (isClosing()) return [];
          await rest(pollEvery);
        } else {
          const left = since + limits.milliseconds - performance.now();
          await rest(Math.max(1, Math.min(pollEvery, left)));
        }
      }
      return [];
    },
    isResting: () => isResting
  };
}
function countFitting(items, { count, bytes }) {
  let size = 0;
  let fitting = 0;
  for (const { record } of items) {
    size += Buffer.byteLength(record.line) + 1;
    if (fitting === count || size > bytes && fitting > 0) break;
    fitting += 1;
  }
  return fitting;
}

// runtime/audit/delivery/line-file.ts
import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
async function openLineFile(path) {
  await mkdir(dirname(path), { recursive: true, mode: 448 });
  const file = await open(path, "a+", 384);
  try {
    const { size } = await file.stat();
    let length = await wholeLines(file, size);
    if (length < size) await file.truncate(length);
    await syncFolder(dirname(path));
    let isTorn = false;
    let last = Promise.resolve();
    const write = async (bytes) => {
      try {
        if (isTorn) await file.truncate(length);
        isTorn = true;
        for (let at = 0; at < bytes.length; ) {
          at += (await file.write(bytes, at, bytes.length - at)).bytesWritten;
        }
        await file.datasync();
        length += bytes.length;
        isTorn = false;
      } catch (error) {
        await file.truncate(length).catch(() => void 0);
        throw error;
      }
    };
    return {
      append(text) {
        const bytes = Buffer.from(text);
        const appended = last.then(() => write(bytes));
        last = appended.catch(() => void 0);
        return appended;
      },
      size: () => length,
      tail: (bytes) => readTail(file, length, bytes),
      async close() {
        await last;
        await file.close();
      }
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}
async function syncFolder(folder2) {
  const handle = await open(folder2, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
var CHUNK = 64 * 1024;
async function wholeLines(file, size) {
  const chunk = Buffer.alloc(CHUNK);
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - CHUNK);
    const { bytesRead } = await file.read(chunk, 0, end - start, start);
    const feed = chunk.subarray(0, bytesRead).lastIndexOf(10);
    if (feed !== -1) return start + feed + 1;
    end = start;
  }
  return 0;
}
async function readTail(file, size, bytes) {
  const start = Math.max(0, size - bytes);
  const chunk = Buffer.alloc(size - start);
  const { bytesRead } = await file.read(chunk, 0, chunk.length, start);
  const text = chunk.subarray(0, bytesRead);
  return text.subarray(start === 0 ? 0 : text.indexOf(10) + 1).toString();
}

// runtime/audit/delivery/dead-letters.ts
function createDeadLetters(path) {
  let opened;
  const file = () => {
    opened ??= openLineFile(path).catch((error) => {
      opened = void 0;
      throw error;
    });
    return opened;
  };
  return {
    async keep(sink, refused) {
      const at = (/* @__PURE__ */ new Date()).toISOString();
      const lines = refused.map(([{ epoch = 0, sequence, id, category, line }, reason]) => {
        const letter = { sink, at, reason, epoch, sequence, id, category, line };
        return `${JSON.stringify(letter)}
`;
      });
      await (await file()).append(lines.join(""));
    },
    async close() {
      const { close } = await opened?.catch(() => void 0) ?? {};
      await close?.();
    }
  };
}

// runtime/audit/delivery/delivery-state.ts
import { mkdir as mkdir2, open as open2, readFile, rename, writeFile } from "node:fs/promises";
import { dirname as dirname2 } from "node:path";
function createStateFile(path) {
  const flightPath = `${path}.flight`;
  return {
    async load() {
      const text = await readFile(path, "utf8").catch(missing);
      return text === void 0 ? void 0 : parseState(text);
    },
    async save(state) {
      await mkdir2(dirname2(path), { recursive: true, mode: 448 });
      const next = `${path}.next`;
      const file = await open2(next, "w", 384);
      try {
        await file.writeFile(`${JSON.stringify({ version: 1, ...state })}
`);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(next, path);
      await syncFolder(dirname2(path));
    },
    async loadFlight() {
      const text = await readFile(flightPath, "utf8").catch(missing);
      return text === void 0 ? void 0 : parseFlight(text);
    },
    async saveFlight(flight) {
      await writeFile(`${flightPath}.next`, JSON.stringify(flight), { mode: 384 });
      await rename(`${flightPath}.next`, flightPath);
    }
  };
}
function missing(error) {
  if (Object(error).code !== "ENOENT") throw error;
}
var COUNTS = ["before", "passedOver", "delivered", "fellBack", "deadLettered", "missed"];
function parseState(text) {
  const { version, place, ...counts } = Object(JSON.parse(text));
  const { cursor, skip, last } = Object(place);
  const numbers = cursor === void 0 ? [] : ["segment", "offset", "sequence"];
  const isWhole = version === 1 && isCount(skip) && ["undefined", "string"].includes(typeof last) && numbers.every((name) => isCount(Object(cursor)[name])) && COUNTS.every((name) => isCount(counts[name]));
  if (!isWhole) throw new Error("the state of a delivery is damaged");
  return { place, ...counts };
}
function parseFlight(text) {
  try {
    const { first, count } = Object(JSON.parse(text));
    return typeof first === "string" && isCount(count) ? { first, count } : void 0;
  } catch {
    return void 0;
  }
}
function isCount(value) {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

// runtime/audit/delivery/record-source.ts
function isEvent({ kind }) {
  return kind === void 0 || kind === "event";
}
var MAX_SCANNED = 1e3;
async function countGone(source) {
  let from;
  let found = 0;
  for (; ; ) {
    const durable = source.durable();
    const { records, next } = await source.read({ from, max: MAX_SCANNED });
    if (records.length === 0 && source.durable() === durable) return durable - found;
    found += records.filter(isEvent).length;
    from = next;
  }
}

// runtime/audit/delivery/reader.ts
function createReader({ source, accepts, from, ...begin }) {
  let { passedOver } = begin;
  let place = from;
  let found = false;
  return {
    async read(max) {
      const { cursor, skip } = place;
      const { records, next } = await source.read({ from: cursor, max: skip + max });
      const isKnown = skip === 0 || nameOf(records[skip - 1]) === place.last;
      const start = isKnown ? skip : 0;
      const items = [];
      for (const [index, record] of records.entries()) {
        if (index < start) continue;
        const isLast = index === records.length - 1;
        const after = isLast ? { cursor: next, skip: 0 } : { cursor, skip: index + 1, last: nameOf(record) };
        if (isEvent(record)) {
          if (accepts(record)) items.push({ record, after, passedOver });
          else passedOver += 1;
        }
      }
      found = records.length > start;
      place = { cursor: next, skip: 0 };
      return items;
    },
    end: () => ({ after: place, passedOver }),
    found: () => found
  };
}
function nameOf(record) {
  return record && `${record.epoch ?? 0}/${record.sequence}/${record.id}`;
}

// runtime/audit/delivery/sink-error.ts
var SinkError = class extends Error {
  reason;
  refusal;
  constructor(reason, refusal) {
    super(`the batch was not delivered: ${reason}`);
    this.name = "SinkError";
    this.reason = reason;
    this.refusal = refusal;
  }
};
function retryLater(reason, retryAfter) {
  return new SinkError(reason, { kind: "retry", retryAfter });
}
function splitBatch(reason) {
  return new SinkError(reason, { kind: "split" });
}
function toSinkError(error) {
  return error instanceof SinkError ? error : retryLater(wordOf(error));
}
function wordOf(error) {
  const { code, cause, name } = Object(error);
  const words = [code, Object(cause).code, name].map(String);
  return words.find((word) => word !== "undefined" && /^\w{1,40}$/.test(word)) ?? "error";
}

// runtime/audit/delivery/attempt.ts
var MAX_UNSETTLED = 4;
var LOST_AFTER = 10;
function createAttempt(sink, timeLimit) {
  const unsettled = /* @__PURE__ */ new Set();
  const isFull = (now) => {
    for (const one of unsettled) {
      if (now - one.began > timeLimit * LOST_AFTER) unsettled.delete(one);
    }
    return unsettled.size >= MAX_UNSETTLED;
  };
  const call = async (batch, signal) => {
    const one = { began: performance.now() };
    unsettled.add(one);
    try {
      await sink.deliver(batch, signal);
      return void 0;
    } catch (error) {
      return toSinkError(error);
    } finally {
      unsettled.delete(one);
    }
  };
  return async (batch, stop) => {
    if (isFull(performance.now())) return retryLater("hanging");
    if (stop.aborted) return retryLater("stopped");
    const time = new AbortController();
    const late = new Promise((resolve) => {
      time.signal.addEventListener("abort", () => resolve(retryLater(String(time.signal.reason))));
    });
    const timer = setTimeout(() => time.abort("time-limit"), timeLimit).unref();
    const onStop = () => time.abort("stopped");
    stop.addEventListener("abort", onStop);
    try {
      return await Promise.race([call(batch, time.signal), late]);
    } finally {
      clearTimeout(timer);
      stop.removeEventListener("abort", onStop);
    }
  };
}

// runtime/audit/delivery/audit-sink.ts
function createBatch(records) {
  const first = records[0]?.id.toWellFormed() ?? "";
  return { key: `${encodeURIComponent(first)}:${records.length}`, records };
}

// runtime/audit/delivery/retry-delay.ts
var LONGEST_ASKED = 36e5;
function retryDelay(failures, { first, longest }, { random, retryAfter = 0 }) {
  const ceiling = Math.min(longest, first * 2 ** Math.min(failures - 1, 50));
  const jittered = random() * ceiling;
  if (retryAfter <= 0) return jittered;
  return Math.min(retryAfter, LONGEST_ASKED) + random() * Math.min(ceiling, first);
}

// runtime/audit/delivery/settle.ts
function createSettler(options) {
  const { sink, fallBack, retry, random, bell, stop, timeLimit, onSettled, alert } = options;
  const attempt = createAttempt(sink, timeLimit);
  const attemptFallBack = fallBack && createAttempt(fallBack.sink, timeLimit);
  let failures = 0;
  let downSince = 0;
  let nextTry = 0;
  let nextFallBack = 0;
  let hasFallenBack = false;
  const onFailure = ({ reason, refusal }) => {
    const retryAfter = refusal.kind === "retry" ? refusal.retryAfter ?? 0 : 0;
    const now = performance.now();
    if (failures === 0) {
      downSince = now;
      alert("failing", reason);
    }
    failures += 1;
    nextTry = now + retryDelay(failures, retry, { random, retryAfter });
  };
  const onAnswer = () => {
    if (failures > 0) alert("recovered");
    failures = 0;
    nextTry = 0;
    hasFallenBack = false;
  };
  const fallBackTakes = async (items) => {
    const failure = await attemptFallBack?.(createBatch(items.map(({ record }) => record)), stop);
    if (failure !== void 0) {
      nextFallBack = performance.now() + retry.first;
      alert("not-kept", failure.reason);
      return false;
    }
    if (!hasFallenBack) alert("fell-back");
    hasFallenBack = true;
    return true;
  };
  const waitToTry = async (items) => {
    for (; ; ) {
      const now = performance.now();
      if (now >= nextTry || stop.aborted || options.isClosing()) return false;
      const dueIn = fallBack === void 0 ? Infinity : downSince + fallBack.after - now;
      const isDue = dueIn <= 0 && now >= nextFallBack;
      if (isDue && await fallBackTakes(items)) return true;
      const fallBackIn = dueIn <= 0 ? nextFallBack - now : dueIn;
      await bell.wait(Math.max(1, Math.min(nextTry - now, fallBackIn)));
    }
  };
  const step2 = async (items) => {
    if (failures > 0 && await waitToTry(items)) {
      return await onSettled({ items, refused: [], by: "fall-back" }) ? [] : void 0;
    }
    if (stop.aborted) return void 0;
    const records = items.map(({ record }) => record);
    const failure = await attempt(createBatch(records), stop);
    if (failure?.refusal.kind === "retry") {
      onFailure(failure);
      return options.isClosing() ? void 0 : [items];
    }
    onAnswer();
    if (failure?.refusal.kind === "split" && items.length > 1) {
      const half = Math.ceil(items.length / 2);
      return [items.slice(0, half), items.slice(half)];
    }
    const refused = failure === void 0 ? [] : refusedOf(records, failure);
    return await onSettled({ items, refused, by: "sink" }) ? [] : void 0;
  };
  return {
    async settle(items) {
      const parts = [items];
      for (let part = parts.shift(); part !== void 0; part = parts.shift()) {
        const left = await step2(part);
        if (left === void 0) return false;
        parts.unshift(...left);
      }
      return true;
    },
    isFailing: () => failures > 0
  };
}
function refusedOf(records, { reason, refusal }) {
  if (refusal.kind !== "records") return records.map((record) => [record, reason]);
  return records.flatMap((record) => {
    const why = refusal.refused.get(record.id);
    return why === void 0 ? [] : [[record, why]];
  });
}

// runtime/audit/delivery/open-delivery.ts
var BATCH = { count: 500, bytes: 512 * 1024, milliseconds: 200 };
var RETRY = { first: 200, longest: 3e4 };
var TIME_LIMIT = 3e4;
var POLL_EVERY = 100;
var DRAIN = 5e3;
var HELD = 6e4;
async function openDelivery(options) {
  const { name, sink, source, folder: folder2, categories, fallBack, random = Math.random } = options;
  if (!/^[A-Za-z0-9][\w.-]{0,99}$/.test(name)) {
    throw new GateError("configuration-invalid", "the name of an audit sink is no name of a file");
  }
  const retry = { ...RETRY, ...options.retry };
  const file = createStateFile(join(folder2, `${name}.cursor`));
  const deadLetters = createDeadLetters(join(folder2, `${name}.dead.jsonl`));
  const alert = createAlert(options);
  let state = await loadState({ file, source, alert });
  const reader = createReader({
    source,
    accepts: categories === void 0 ? () => true : ({ category }) => categories.includes(category),
    from: state.place,
    passedOver: state.passedOver
  });
  const bell = createBell();
  const stop = new AbortController();
  let isClosing = false;
  let waiting = [];
  const insist = async (work) => {
    for (; ; ) {
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
  const save = (next) => insist(async () => {
    await file.save(next);
    state = next;
  });
  const onSettled = async ({ items, refused, by }) => {
    const last = items.at(-1);
    if (last === void 0) return true;
    if (refused.length > 0) {
      if (!await insist(() => deadLetters.keep(name, refused))) return false;
      alert("dead-letters", String(refused.length));
    }
    const kept = items.length - refused.length;
    return save({
      ...state,
      place: last.after,
      passedOver: last.passedOver,
      delivered: state.delivered + kept,
      fellBack: state.fellBack + (by === "fall-back" ? kept : 0),
      deadLettered: state.deadLettered + refused.length
    });
  };
  const onNothing = async () => {
    const durable = source.durable();
    const { after, passedOver } = reader.end();
    const { before, missed, delivered, deadLettered } = state;
    const difference = durable - before - passedOver - missed - delivered - deadLettered;
    const hasMoved = after.cursor?.segment !== state.place.cursor?.segment;
    const isAtEnd = (await source.read({ from: after.cursor, max: 1 })).records.length === 0;
    const isQuiet = isAtEnd && source.durable() === durable;
    if (isQuiet && difference > 0) alert("missed", String(difference));
    if (isQuiet && difference < 0) alert("counts-differ", String(-difference));
    if (hasMoved || passedOver !== state.passedOver || isQuiet && difference !== 0) {
      const settled = isQuiet ? difference : 0;
      await save({
        ...state,
        place: after,
        passedOver,
        before: before + Math.min(0, settled),
        missed: missed + Math.max(0, settled)
      });
    }
    if (!isQuiet) return;
    for (const resolve of waiting) resolve();
    waiting = [];
  };
  const common2 = { bell, isClosing: () => isClosing };
  const settler = createSettler({
    ...common2,
    sink,
    fallBack,
    retry,
    random,
    alert,
    onSettled,
    timeLimit: options.timeLimit ?? TIME_LIMIT,
    stop: stop.signal
  });
  const collector = createCollector({
    ...common2,
    reader,
    onNothing,
    flight: await file.loadFlight(),
    limits: { ...BATCH, ...options.batch },
    pollEvery: options.pollEvery ?? POLL_EVERY,
    isStopped: () => stop.signal.aborted,
    onError: (error) => alert("not-kept", wordOf(error))
  });
  const run = async () => {
    for (; ; ) {
      const items = await collector.next();
      const [first] = items;
      if (first === void 0) return;
      const flight = { first: first.record.id, count: items.length };
      if (!await insist(() => file.saveFlight(flight))) return;
      if (!await settler.settle(items)) return;
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
    const ends = [sink.close(), fallBack?.sink.close(), deadLetters.close()];
    for (const end of await Promise.allSettled(ends)) {
      if (end.status === "rejected") throw end.reason;
    }
  };
  let closed;
  return {
    name,
    counts() {
      const { before, delivered, deadLettered, missed, fellBack } = state;
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
      const held = setInterval(() => void 0, HELD);
      return new Promise((resolve) => waiting.push(resolve)).finally(() => {
        clearInterval(held);
      });
    },
    close: (how) => closed ??= close(how)
  };
}
function createAlert({ name, onAlert }) {
  return (code, detail) => {
    try {
      onAlert({ sink: name, code, ...detail === void 0 ? {} : { detail } });
    } catch {
    }
  };
}
async function loadState(opening) {
  const { file, source, alert } = opening;
  const kept = await file.load().catch((error) => {
    if (Object(error).syscall !== void 0) throw error;
    alert("state-damaged");
    return void 0;
  });
  if (kept !== void 0) return kept;
  const none = { passedOver: 0, delivered: 0, fellBack: 0, deadLettered: 0, missed: 0 };
  const fresh = { place: { skip: 0 }, before: await countGone(source), ...none };
  await file.save(fresh);
  return fresh;
}

// runtime/audit/delivery/open-router.ts
async function openRouter({ sinks, ...common2 }) {
  const names = sinks.map(({ name }) => name.toLowerCase());
  if (new Set(names).size < names.length) {
    throw new GateError("configuration-invalid", "two audit sinks have the same name");
  }
  const opened = await Promise.allSettled(
    sinks.map((sink) => openDelivery({ ...sink, ...common2 }))
  );
  const deliveries = opened.flatMap((each) => each.status === "fulfilled" ? [each.value] : []);
  const failed = opened.find((each) => each.status === "rejected");
  if (failed !== void 0) {
    await Promise.allSettled(deliveries.map((delivery) => delivery.close({ drain: 0 })));
    throw failed.reason;
  }
  const required = deliveries.filter((_, index) => sinks[index]?.isRequired);
  return {
    deliveries,
    counts: () => Object.fromEntries(deliveries.map(({ name, counts }) => [name, counts()])),
    passed: () => required.map(({ passed }) => passed()),
    wake() {
      for (const delivery of deliveries) delivery.wake();
    },
    async idle() {
      await Promise.all(deliveries.map((delivery) => delivery.idle()));
    },
    async close(how) {
      const ends = await Promise.allSettled(deliveries.map((delivery) => delivery.close(how)));
      for (const end of ends) if (end.status === "rejected") throw end.reason;
    }
  };
}

// runtime/audit/sinks/jsonl-file.ts
import { createHash } from "node:crypto";
import { rename as rename2, stat } from "node:fs/promises";
import { dirname as dirname3 } from "node:path";
var KNOWN_BYTES = 4 * 1024 * 1024;
var KNOWN_LINES = 8192;
async function openJsonlFileSink(options) {
  const { path, rotate = {}, now = Date.now } = options;
  const { bytes: largest = Infinity, every } = rotate;
  const dayOf = (time) => every === "day" ? new Date(time).toISOString().slice(0, 10) : "";
  let file = await openLineFile(path);
  let day = dayOf(file.size() > 0 ? (await stat(path)).mtimeMs : now());
  let last = Promise.resolve();
  const known = /* @__PURE__ */ new Set();
  for (const line of (await file.tail(KNOWN_BYTES)).split("\n")) remember(known, printOf(line));
  const write = async (records) => {
    const lines = new Map(records.map(({ line }) => [printOf(line), line]));
    for (const print of known) lines.delete(print);
    if (lines.size === 0) return;
    const text = [...lines.values(), ""].join("\n");
    const isFull = file.size() + Buffer.byteLength(text) > largest;
    const today = dayOf(now());
    if (file.size() > 0 && (isFull || today !== day)) file = await setAside(file, path, now());
    day = today;
    await file.append(text);
    for (const print of lines.keys()) remember(known, print);
  };
  return {
    kind: "jsonl",
    deliver({ records }) {
      const written = last.then(() => write(records));
      last = written.catch(() => void 0);
      return written;
    },
    async close() {
      await last;
      await file.close();
    }
  };
}
async function setAside(file, path, time) {
  const stamp = new Date(time).toISOString().replaceAll(/[-:]/g, "");
  let aside = `${path}.${stamp}`;
  for (let count = 1; await exists(aside); count += 1) aside = `${path}.${stamp}-${count}`;
  await rename2(path, aside);
  const next = await openLineFile(path).catch(async (error) => {
    await rename2(aside, path);
    throw error;
  });
  await syncFolder(dirname3(path));
  await file.close();
  return next;
}
async function exists(path) {
  return stat(path).then(
    () => true,
    () => false
  );
}
function printOf(line) {
  return createHash("sha256").update(line).digest("base64").slice(0, 22);
}
function remember(known, print) {
  known.add(print);
  for (const oldest of known) {
    if (known.size <= KNOWN_LINES) return;
    known.delete(oldest);
  }
}

// runtime/stores/open-sqlite.ts
import { closeSync, openSync } from "node:fs";
import { createRequire } from "node:module";
var SETTINGS = `
PRAGMA busy_timeout = 1000;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA secure_delete = ON;
`;
function openSqlite(file) {
  const { name, path, tables, driver: Driver = findDriver() } = file;
  const subject = `the ${name} \`${path}\``;
  if (path === "" || path === ":memory:" || path.startsWith("file:")) {
    throw new GateError("configuration-invalid", `${subject} is not the path of a file`);
  }
  try {
    closeSync(openSync(path, "a", 384));
    const database = new Driver(path);
    database.exec(SETTINGS + tables);
    return {
      exec: (sql) => void database.exec(sql),
      prepare: (sql) => database.prepare(sql),
      close: () => void database.close()
    };
  } catch (error) {
    const { code, message } = Object(error);
    throw new GateError("configuration-invalid", `${subject} cannot be opened: ${code ?? message}`);
  }
}
function findDriver() {
  const builtin = process.getBuiltinModule?.("node:sqlite");
  if (builtin !== void 0) return Reflect.get(builtin, "DatabaseSync");
  try {
    return createRequire(import.meta.url)("better-sqlite3");
  } catch {
    const cure = "run `npm install better-sqlite3@12`, or use Node 22.13 or later";
    throw new GateError("configuration-invalid", `there is no driver of SQLite: ${cure}`);
  }
}

// runtime/audit/sinks/read-event.ts
var TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/;
function readEvent(line) {
  const { time, traceId, spanId } = parse(line);
  const nanoseconds = typeof time === "string" ? readTime(time) : void 0;
  return {
    ...nanoseconds === void 0 ? {} : { time: nanoseconds },
    ...isHex(traceId, 32) ? { traceId } : {},
    ...isHex(spanId, 16) ? { spanId } : {}
  };
}
function toIso(nanoseconds) {
  const milliseconds = Number(nanoseconds / 1000000n);
  const rest = String(nanoseconds % 1000000n).padStart(6, "0");
  return new Date(milliseconds).toISOString().replace("Z", `${rest}Z`);
}
function parse(line) {
  try {
    return Object(JSON.parse(line));
  } catch {
    return {};
  }
}
function readTime(text) {
  const [, seconds, fraction = ""] = TIME.exec(text) ?? [];
  const milliseconds = Date.parse(`${seconds}Z`);
  if (!(milliseconds >= 0)) return void 0;
  return BigInt(milliseconds) * 1000000n + BigInt(fraction.padEnd(9, "0"));
}
function isHex(value, length) {
  return typeof value === "string" && value.length === length && /^[0-9a-f]+$/.test(value);
}

// runtime/audit/sinks/sqlite.ts
var TABLES = `
CREATE TABLE IF NOT EXISTS audit_events (
  place INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  epoch INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  category TEXT NOT NULL,
  time TEXT,
  line TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS audit_events_time ON audit_events (time);
CREATE INDEX IF NOT EXISTS audit_events_category ON audit_events (category, time);
`;
var INSERT = `
INSERT INTO audit_events (id, epoch, sequence, category, time, line)
VALUES (?, ?, ?, ?, NULLIF(?, ''), ?) ON CONFLICT (id) DO NOTHING`;
var OF_A_RECORD = /* @__PURE__ */ new Set([18, 19, 20]);
var NAMES = /^SQLITE_(TOOBIG|CONSTRAINT|MISMATCH)/;
function openSqliteSink({ path, driver }) {
  const { exec, prepare, close } = openSqlite({ name: "audit sink", path, tables: TABLES, driver });
  const insert = prepare(INSERT);
  const insertAll = (records) => {
    exec("BEGIN IMMEDIATE");
    try {
      for (const { id, epoch = 0, sequence, category, line } of records) {
        const { time } = readEvent(line);
        const shown = time === void 0 ? "" : toIso(time);
        insert.run(id, epoch, sequence, category, shown, line);
      }
      exec("COMMIT");
    } catch (error) {
      rollBack(exec);
      throw error;
    }
  };
  return {
    kind: "sqlite",
    async deliver({ records }) {
      try {
        insertAll(records);
      } catch (error) {
        const { code, errcode = 0 } = Object(error);
        const isOfRecord = NAMES.test(String(code)) || OF_A_RECORD.has(errcode & 255);
        throw isOfRecord ? splitBatch("sqlite-refused") : error;
      }
    },
    close: async () => close()
  };
}
function rollBack(exec) {
  try {
    exec("ROLLBACK");
  } catch {
  }
}

// test/runtime/audit/http-protocols.ts
import { strict as assert } from "node:assert";
import { createHmac as createHmac2, timingSafeEqual } from "node:crypto";

// runtime/audit/sinks/post.ts
var LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
function createPost(name, target) {
  const { headers: ownHeaders, plaintext = "loopback" } = target;
  const fault = faultOf(target.url, plaintext);
  if (fault !== void 0) {
    throw new GateError("configuration-invalid", `the address of the audit sink ${name} ${fault}`);
  }
  return async (body, headers, signal) => {
    let response;
    try {
      response = await fetch(target.url, {
        method: "POST",
        // Whoever the receiver names is not whom the policy names.
        redirect: "manual",
        headers: { ...ownHeaders?.(), ...headers },
        body,
        signal
      });
    } catch (error) {
      throw retryLater(
        signal.aborted ? String(signal.reason) : wordOf(Object(error).cause ?? error)
      );
    }
    if (response.ok) return response;
    discard(response);
    throw refusalOf(response.status, response.headers.get("retry-after"));
  };
}
function discard(response) {
  response.body?.cancel().catch(() => void 0);
}
function faultOf(text, plaintext) {
  if (!URL.canParse(text)) return "is not a URL";
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== "" || password !== "") return "holds a user name or password";
  if (protocol === "https:") return void 0;
  if (protocol !== "http:") return "is not of HTTP";
  return plaintext === "anywhere" || LOOPBACK.test(hostname) ? void 0 : "is `http:`, and not of this machine";
}
function refusalOf(status, retryAfter) {
  const reason = `status-${status}`;
  if (status === 400 || status === 413 || status === 422) return splitBatch(reason);
  if (status >= 300 && status < 400) return retryLater("redirect");
  return retryLater(reason, readRetryAfter(retryAfter));
}
function readRetryAfter(text) {
  if (text === null) return void 0;
  const milliseconds = /^\d{1,9}$/.test(text) ? Number(text) * 1e3 : Date.parse(text) - Date.now();
  return milliseconds > 0 ? milliseconds : void 0;
}

// runtime/audit/sinks/webhook.ts
import { createHmac } from "node:crypto";
function createWebhookSink(options) {
  const { secrets, format = "ndjson", now = Date.now } = options;
  const post = createPost("webhook", options);
  const keys = secrets.map(readSecret);
  if (keys.length === 0) throw faultySecret();
  const type = format === "json" ? "application/json" : "application/x-ndjson";
  return {
    kind: "webhook",
    async deliver({ key, records }, signal) {
      const lines = records.map(({ line }) => line);
      const body = format === "json" ? `[${lines.join(",")}]` : `${lines.join("\n")}
`;
      const timestamp = String(Math.floor(now() / 1e3));
      const signed = `${key}.${timestamp}.${body}`;
      const signatures = keys.map(
        (secret2) => `v1,${createHmac("sha256", secret2).update(signed).digest("base64")}`
      );
      const headers = {
        "content-type": type,
        "idempotency-key": `"${key}"`,
        "webhook-id": key,
        "webhook-timestamp": timestamp,
        "webhook-signature": signatures.join(" ")
      };
      discard(await post(body, headers, signal));
    },
    close: async () => void 0
  };
}
function readSecret(text) {
  const [, base64 = ""] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  const key = Buffer.from(base64, "base64");
  if (key.length < 24 || key.length > 64) throw faultySecret();
  return key;
}
function faultySecret() {
  const form = "`whsec_` and 24 to 64 bytes in base64";
  return new GateError("configuration-invalid", `a webhook needs secrets of the form ${form}`);
}

// test/runtime/audit/http-protocols.ts
var secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
var webhook = {
  name: "webhook",
  createSink: (url2) => createWebhookSink({ url: url2, secrets: [secret] }),
  createReceiver() {
    const lines = [];
    const seen = /* @__PURE__ */ new Set();
    return {
      lines,
      read: readLines,
      keep(posted) {
        const id = verifySignature(posted, secret);
        assert.equal(posted.headers["content-type"], "application/x-ndjson");
        assert.equal(posted.headers["idempotency-key"], `"${id}"`);
        if (!seen.has(id)) lines.push(...readLines(posted));
        seen.add(id);
      },
      answer: (response) => void response.writeHead(204).end()
    };
  }
};
function verifySignature({ headers, body }, whsec) {
  const { "webhook-id": id, "webhook-timestamp": time, "webhook-signature": given } = headers;
  const key = Buffer.from(whsec.slice("whsec_".length), "base64");
  const wanted = createHmac2("sha256", key).update(`${id}.${time}.${body}`).digest();
  assert.match(String(time), /^\d{10}$/);
  const isSigned = String(given).split(" ").filter((signature) => signature.startsWith("v1,")).map((signature) => Buffer.from(signature.slice(3), "base64")).some((found) => found.length === wanted.length && timingSafeEqual(found, wanted));
  assert.ok(isSigned, "no signature is right");
  return String(id);
}
function readLines({ body }) {
  assert.ok(body.endsWith("\n"));
  return body.slice(0, -1).split("\n");
}

// test/runtime/audit/memory-log.ts
var SEGMENT = 10;
function createMemoryLog(...begin) {
  const records = [...begin];
  let first = 0;
  let given = 0;
  return {
    append: (...more) => void records.push(...more),
    release(segment) {
      first = Math.max(first, segment * SEGMENT);
    },
    given: () => given,
    records: () => records,
    async read({ from, max }) {
      const start = Math.max(first, from?.offset ?? 0);
      const end = Math.min(start + max, records.length, (segmentOf(start) + 1) * SEGMENT);
      const piece = records.slice(start, end);
      given += piece.length;
      return { records: piece, next: { segment: segmentOf(end), offset: end, sequence: end } };
    },
    durable: () => records.filter(({ kind = "event" }) => kind === "event").length
  };
}
function segmentOf(offset) {
  return Math.floor(offset / SEGMENT);
}
function createRecords(count, first = 1, category = "auth") {
  return Array.from({ length: count }, (_, index) => createRecord(first + index, { category }));
}
function createRecord(sequence, { category = "auth", ...fields } = {}) {
  const id = `0198c0de-0000-7000-8000-${sequence.toString(16).padStart(12, "0")}`;
  const time = `2026-11-27T10:00:00.${String(sequence).padStart(9, "0")}Z`;
  const line = JSON.stringify({ category, id, sequence, time, ...fields });
  return { epoch: 1, sequence, id, category, line };
}

// test/runtime/audit/killed-delivery.ts
var settings = JSON.parse(process.argv[2] ?? "");
var { folder, url, events, killAt } = settings;
var steps = 0;
function step() {
  steps += 1;
  if (steps === killAt) process.kill(process.pid, "SIGKILL");
}
function watchSink(sink) {
  return {
    ...sink,
    async deliver(batch, signal) {
      step();
      await sink.deliver(batch, signal);
      step();
    }
  };
}
function watchSource(source) {
  return {
    durable: source.durable,
    async read(options) {
      step();
      return source.read(options);
    }
  };
}
var common = {
  isRequired: true,
  batch: { count: 7, milliseconds: 1 },
  retry: { first: 1, longest: 5 },
  pollEvery: 5
};
var jsonl = await openJsonlFileSink({ path: join2(folder, "audit.jsonl") });
var sqlite = openSqliteSink({ path: join2(folder, "audit.db") });
var router = await openRouter({
  // The log survives the process as its records are the same each time.
  source: watchSource(createMemoryLog(...createRecords(events))),
  folder,
  onAlert: () => void 0,
  sinks: [
    { ...common, name: "jsonl", sink: watchSink(jsonl) },
    { ...common, name: "sqlite", sink: watchSink(sqlite) },
    { ...common, name: "webhook", sink: watchSink(webhook.createSink(url)) }
  ]
});
process.send?.({ ready: true });
await router.idle();
process.send?.({ steps, counts: router.counts() });
await router.close();
process.disconnect();
