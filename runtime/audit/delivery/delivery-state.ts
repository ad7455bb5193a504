import { mkdir, open, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { syncFolder } from "./line-file.js";
import type { Place } from "./reader.js";

/** What a sink has behind it, over its whole life. One file holds it all, so that it is of one moment. */
export interface DeliveryState {
  readonly place: Place;
  /** Events that were gone from the log before the sink began. */
  readonly before: number;
  readonly passedOver: number;
  readonly delivered: number;
  /** The part of `delivered` that the fall-back holds, and not the sink. */
  readonly fellBack: number;
  readonly deadLettered: number;
  /** Events that the log gave away before a sink that is not required had them. */
  readonly missed: number;
}

/** The batch that may be under way: a restart sends the very same again, under the same key. */
export interface Flight {
  readonly first: string;
  readonly count: number;
}

export interface StateFile {
  /** Undefined where there is none; @throws Error where there is one that nobody can read. */
  load(): Promise<DeliveryState | undefined>;
  /** Durable when it resolves. */
  save(state: DeliveryState): Promise<void>;
  loadFlight(): Promise<Flight | undefined>;
  /** Outlives the process, but not a power cut, after which only the key of the batch may differ. */
  saveFlight(flight: Flight): Promise<void>;
}

export function createStateFile(path: string): StateFile {
  const flightPath = `${path}.flight`;
  return {
    async load() {
      const text = await readFile(path, "utf8").catch(missing);
      return text === undefined ? undefined : parseState(text);
    },
    async save(state) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const next = `${path}.next`;
      const file = await open(next, "w", 0o600);
      try {
        await file.writeFile(`${JSON.stringify({ version: 1, ...state })}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(next, path);
      await syncFolder(dirname(path));
    },
    async loadFlight() {
      const text = await readFile(flightPath, "utf8").catch(missing);
      return text === undefined ? undefined : parseFlight(text);
    },
    async saveFlight(flight) {
      await writeFile(`${flightPath}.next`, JSON.stringify(flight), { mode: 0o600 });
      await rename(`${flightPath}.next`, flightPath);
    },
  };
}

function missing(error: unknown): undefined {
  if (Object(error).code !== "ENOENT") throw error;
}

const COUNTS = ["before", "passedOver", "delivered", "fellBack", "deadLettered", "missed"] as const;

function parseState(text: string): DeliveryState {
  const { version, place, ...counts } = Object(JSON.parse(text));
  const { cursor, skip, last } = Object(place);
  const numbers = cursor === undefined ? [] : ["segment", "offset", "sequence"];
  const isWhole =
    version === 1 &&
    isCount(skip) &&
    ["undefined", "string"].includes(typeof last) &&
    numbers.every((name) => isCount(Object(cursor)[name])) &&
    COUNTS.every((name) => isCount(counts[name]));
  if (!isWhole) throw new Error("the state of a delivery is damaged");
  return { place, ...counts };
}

function parseFlight(text: string): Flight | undefined {
  try {
    const { first, count } = Object(JSON.parse(text));
    return typeof first === "string" && isCount(count) ? { first, count } : undefined;
  } catch {
    // A power cut left it without its bytes.
    return undefined;
  }
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
