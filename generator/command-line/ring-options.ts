import type { Arguments, Option } from "./command.js";
import { valueOf } from "./options.js";
import { UsageError } from "./usage-error.js";

export const ringOption: Option = {
  name: "ring",
  value: "FILE",
  fallback: "keys/ring.json",
  description: "the file of the key ring",
};

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** The seconds of an option like `15m`. @throws UsageError where it is no duration */
export function secondsOf(args: Arguments, option: Option): number {
  const [, count, unit = ""] = /^([0-9]{1,5})([smh])$/.exec(valueOf(args, option)) ?? [];
  if (count !== undefined) return Number(count) * (SECONDS[unit] ?? 0);
  const help = `write \`--${option.name} 15m\``;
  throw new UsageError([{ message: `\`--${option.name}\` is not a duration`, help }]);
}
