import { measureDelay } from "./delay.js";
import { measureDurable } from "./durable.js";
import { measureOverload } from "./overload.js";
import { measureSerialize } from "./serialize.js";

/** What a process of its own is asked for. */
export interface AuditRun {
  readonly part: keyof typeof parts;
  readonly prepared: string;
  readonly folder: string;
  readonly seed: number;
  readonly rounds: number;
  readonly seconds: number;
  readonly contender: string;
}

const parts = {
  serialize: measureSerialize,
  durable: measureDurable,
  delay: measureDelay,
  overload: measureOverload,
};

const run: AuditRun = JSON.parse(process.argv[2] ?? "");
console.log(JSON.stringify(await parts[run.part](run.prepared, run)));
