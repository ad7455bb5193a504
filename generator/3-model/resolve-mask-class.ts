import type { PolicyEntry, PolicyNode } from "../1-load/policy-document.js";
import { closest } from "../diagnostics/did-you-mean.js";
import { maskMethods } from "./audit-events-model.js";
import type { MaskModel } from "./audit-events-model.js";
import type { Report } from "./mistake.js";
import { quoteText } from "./quote-text.js";
import { textOf } from "./read-node.js";
import { resolveMask } from "./resolve-masks.js";

const PUBLIC = "public";

/** Methods that can be named without options. */
const plainMethods = [
  "card",
  "detect",
  "email",
  "hmac",
  "ip",
  "name",
  "null-out",
  "phone",
  "resident-id",
];

/** What is under `masks`, by name; undefined for one that cannot be made. */
export type DeclaredMasks = ReadonlyMap<string, MaskModel | undefined>;

export function declareMasks(masks: readonly PolicyEntry[], report: Report): DeclaredMasks {
  return new Map(masks.map((entry) => [entry.key, resolveMask(entry, report)]));
}

/** Where `masks` is not there at all, that is one mistake, however many fields name something in it. */
export function reportMasksOnce(declared: DeclaredMasks, report: Report): Report {
  let unknown = 0;
  return (told) => {
    if (told.code === "unknown-mask") unknown += 1;
    if (told.code !== "unknown-mask" || unknown === 1 || declared.size > 0) report(told);
  };
}

export interface MaskNames {
  readonly declared: DeclaredMasks;
  readonly used: Map<string, MaskModel>;
}

/** Undefined for what is public. What cannot be resolved is told, and hidden. */
export function resolveClass(
  node: PolicyNode,
  { declared, used }: MaskNames,
  report: Report,
): MaskModel | undefined {
  const name = textOf(node) ?? "";
  if (name === PUBLIC) return undefined;
  const method = maskMethods.find((known) => known === name);
  const own = declared.get(name);
  const isPlain = method !== undefined && plainMethods.includes(method);
  const found = own ?? (isPlain && !declared.has(name) ? { name, method, options: {} } : undefined);
  if (found === undefined && !declared.has(name)) {
    const near = closest(name, [PUBLIC, ...plainMethods, ...declared.keys()]);
    report({
      code: "unknown-mask",
      message:
        method === undefined ? `unknown class ${quoteText(name)}` : `\`${method}\` needs options`,
      at: node.at,
      help:
        method !== undefined
          ? `declare it under \`masks\` with its options, and name that`
          : near === undefined
            ? "write `public`, a masking method, or a name under `masks`"
            : `did you mean ${quoteText(near)}?`,
    });
  }
  const mask = found ?? { name: "null-out", method: "null-out" as const, options: {} };
  used.set(mask.name, mask);
  return mask;
}

export function needsKeys({ method, options }: MaskModel): boolean {
  return method === "hmac" || (method === "binary" && options["linked"] === true);
}
