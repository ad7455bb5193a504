import type { PolicyNode } from "../1-load/policy-document.js";
import { textOf } from "./read-node.js";

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** The seconds of `30s`, `10m`, `1h` or `30d`; undefined for anything else. */
export function readDuration(node: PolicyNode | undefined): number | undefined {
  const [, count, unit = ""] = /^([0-9]{1,5})([smhd])$/.exec(textOf(node) ?? "") ?? [];
  return count === undefined ? undefined : Number(count) * (SECONDS[unit] ?? 0);
}
