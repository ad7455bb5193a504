import type { PolicyNode } from "../1-load/policy-document.js";
import type { Report } from "./mistake.js";
import { textOf } from "./read-node.js";

const UNITS: Readonly<Record<string, number>> = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** The bytes of `512KiB`, `64MiB` or `2GiB`; undefined after a reported mistake. */
export function readSize(node: PolicyNode, report: Report): number | undefined {
  const [, count, unit = ""] = /^([0-9]{1,5})(KiB|MiB|GiB)$/.exec(textOf(node) ?? "") ?? [];
  if (count !== undefined && Number(count) > 0) return Number(count) * (UNITS[unit] ?? 0);
  report({
    code: "bad-audit-size",
    message: "this is no size",
    at: node.at,
    help: "write a number and `KiB`, `MiB` or `GiB`, such as `64MiB`",
  });
  return undefined;
}
