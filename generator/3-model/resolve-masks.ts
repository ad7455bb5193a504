import type { PolicyEntry, PolicyNode } from "../1-load/policy-document.js";
import { maskMethods } from "./audit-events-model.js";
import type { MaskMethod, MaskModel } from "./audit-events-model.js";
import type { Report } from "./mistake.js";
import { booleanOf, entriesOf, itemsOf, numberOf, textOf, valueAt } from "./read-node.js";
import { quoteText } from "./quote-text.js";

/** NIST SP 800-38G r1 (draft) asks as much of a domain; fewer values are soon tried. */
const FEWEST_DISTINCT = 1_000_000;

const MAX_BOUNDS = 100;
const MAX_LENGTH = 16_384;

/** What each method is told, besides its name. */
const optionsOf: Readonly<Record<MaskMethod, readonly string[]>> = {
  binary: ["linked"],
  bucket: ["bounds"],
  card: ["checksum"],
  custom: ["name", "maxLength"],
  date: ["show", "bounds"],
  detect: ["maxLength"],
  email: [],
  hmac: ["type", "distinct", "data"],
  ip: [],
  name: [],
  "null-out": [],
  phone: ["country"],
  "resident-id": [],
};

/** Options without which a method is none. */
const requiredOf: Readonly<Partial<Record<MaskMethod, readonly string[]>>> = {
  bucket: ["bounds"],
  custom: ["name"],
  date: ["show"],
};

/** One entry of `masks`; undefined where its method is not known, which is told already. */
export function resolveMask(entry: PolicyEntry, report: Report): MaskModel | undefined {
  const { key: name, keyAt, value } = entry;
  const method = maskMethods.find((known) => known === textOf(valueAt(value, "method")));
  if (method === undefined) return undefined;
  const said = entriesOf(value).filter(({ key }) => key !== "method");
  const allowed = optionsOf[method];
  for (const { key, keyAt: at } of said) {
    if (allowed.includes(key)) continue;
    const help =
      allowed.length === 0
        ? "leave it out: it has none"
        : `it takes ${allowed.map(quoteText).join(", ")}`;
    mistake(`\`${method}\` has no option ${quoteText(key)}`, at, help, report);
  }
  const isByAge = textOf(valueAt(value, "show")) === "age";
  const required = [...(requiredOf[method] ?? []), ...(isByAge ? ["bounds"] : [])];
  for (const key of required) {
    if (said.some((option) => option.key === key)) continue;
    mistake(
      `${quoteText(name)} lacks ${quoteText(key)}`,
      keyAt,
      `write \`${key}\` beside \`method\``,
      report,
    );
  }
  const options = said.flatMap(({ key, value: node }) => {
    const option = allowed.includes(key) ? readOption(key, node, report) : undefined;
    return option === undefined ? [] : [[key, option] as const];
  });
  return { name, method, options: Object.fromEntries(options) };
}

function readOption(key: string, node: PolicyNode, report: Report): unknown {
  if (key === "bounds") return readBounds(node, report);
  if (key === "distinct")
    return readCount(node, { key, from: FEWEST_DISTINCT, to: Number.MAX_SAFE_INTEGER }, report);
  if (key === "maxLength") return readCount(node, { key, from: 1, to: MAX_LENGTH }, report);
  if (key === "country" && !/^[1-9]\d{0,2}$/.test(textOf(node) ?? "")) {
    mistake(
      "`country` is no country code",
      node.at,
      'write its digits in quotes, like `"49"`',
      report,
    );
    return undefined;
  }
  return booleanOf(node) ?? textOf(node);
}

function readBounds(node: PolicyNode, report: Report): readonly number[] {
  const bounds = itemsOf(node).map((item) => numberOf(item) ?? Number.NaN);
  const isAscending = bounds.every(
    (bound, index) => index === 0 || bound > (bounds[index - 1] ?? bound),
  );
  if (bounds.length <= MAX_BOUNDS && bounds.every(Number.isFinite) && isAscending) return bounds;
  mistake(
    "`bounds` do not ascend",
    node.at,
    `write up to ${MAX_BOUNDS} numbers, each above the one before it`,
    report,
  );
  return [0];
}

function readCount(
  node: PolicyNode,
  { key, from, to }: { readonly key: string; readonly from: number; readonly to: number },
  report: Report,
): number | undefined {
  const count = numberOf(node) ?? Number.NaN;
  if (Number.isSafeInteger(count) && count >= from && count <= to) return count;
  const help =
    key === "distinct"
      ? "what has fewer values is guessed from its hash: use `null-out` or `bucket`"
      : "leave it out for the default";
  mistake(`\`${key}\` is not a whole number from ${from} to ${to}`, node.at, help, report);
  return undefined;
}

function mistake(message: string, at: PolicyNode["at"], help: string, report: Report): void {
  report({ code: "bad-mask", message, at, help });
}
