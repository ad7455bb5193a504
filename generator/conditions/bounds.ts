import type { Checked } from "./checked.js";
import type { Overload } from "./operations.js";

const SAFE = 2n ** 53n;
const INT_MAX = 2n ** 63n - 1n;
const UINT_MAX = 2n ** 64n - 1n;

/** Whether a function can fail for these operands, as far as their size and literals tell. */
export function canOverloadFail(overload: Overload, args: readonly Checked[]): boolean {
  if (!overload.canFail) return false;
  const [a, b] = args;
  switch (overload.name) {
    case "int.divide":
    case "int.remainder":
    case "uint.divide":
    case "uint.remainder":
      // By zero, and by -1, which can overflow.
      return b?.op !== "literal" || b.value.value === 0n || b.value.value === -1n;
    case "int.add":
    case "int.subtract":
    case "int.multiply":
    case "int.negate":
      return boundOf(overload.name, args) > INT_MAX;
    case "uint.add":
    case "uint.multiply":
      return boundOf(overload.name, args) > UINT_MAX;
    case "duration.of-string":
      return !isShortDuration(textOf(a));
    case "timestamp.of-string":
      return !isMoment(textOf(a));
    default:
      return !overload.name.endsWith("-in") || !isZone(textOf(b));
  }
}

/** The largest size that a sum, difference or product can have. */
function boundOf(name: string, args: readonly Checked[]): bigint {
  const [a = 0n, b = 0n] = args.map(sizeOf);
  return name.endsWith("multiply") ? a * b : a + b;
}

function sizeOf(node: Checked): bigint {
  if (node.op === "literal" && typeof node.value.value === "bigint") {
    return node.value.value < 0n ? -node.value.value : node.value.value;
  }
  // The application hands over safe integers (`checkInputs`), and nothing is longer than one.
  if (node.op === "field") return SAFE;
  if (node.op !== "call") return UINT_MAX;
  if (/\.size$|^timestamp\.|^duration\./.test(node.name)) return SAFE;
  if (/^u?int\.(?:add|subtract|multiply|negate)$/.test(node.name))
    return boundOf(node.name, node.args);
  return UINT_MAX;
}

function textOf(node: Checked | undefined): string {
  return node?.op === "literal" && node.value.type === "string" ? node.value.value : "";
}

/** Few enough digits for every unit to stay in range. */
function isShortDuration(text: string): boolean {
  return /^-?(?:[0-9]{1,6}(?:\.[0-9]{1,9})?(?:h|ms|m|s|us|ns)){1,6}$/.test(text);
}

function isMoment(text: string): boolean {
  const parts =
    /^((?:[1-8][0-9]{3})-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]{1,9})?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])$/.exec(
      text,
    );
  if (parts === null) return false;
  const moment = new Date(`${parts[1]}Z`);
  return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(parts[1] ?? "");
}

function isZone(text: string): boolean {
  if (/^[+-]?(?:[01][0-9]|2[0-3]):[0-5][0-9]$/.test(text)) return true;
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(text)) return false;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: text }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
