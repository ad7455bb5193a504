import type { PlainRoute } from "./plain-policy.js";
import { decodeOnce } from "./spelling.js";

export type OracleParams = Readonly<Record<string, string | number>>;

/** The decoded parameters of a matched path; undefined where one does not have its type. */
export function readParams(
  route: PlainRoute,
  segments: readonly string[],
): OracleParams | undefined {
  const found: [string, string | number][] = [];
  for (const [index, part] of route.segments.entries()) {
    if (part === "**") {
      const rest = segments.slice(index).map((segment) => decodeOnce(segment) ?? "");
      found.push(["**", rest.join("/")]);
    }
    if (!part.startsWith(":")) continue;
    const name = part.slice(1);
    const value = typed(decodeOnce(segments[index] ?? "") ?? "", route.params.get(name)?.type);
    if (value === undefined) return undefined;
    found.push([name, value]);
  }
  return Object.fromEntries(found);
}

function typed(text: string, type: "string" | "int" | "uuid" | undefined) {
  if (type === "int") {
    const isWhole = /^-?[0-9]+$/.test(text) && Number.isSafeInteger(Number(text));
    return isWhole ? Number(BigInt(text)) : undefined;
  }
  if (type === "uuid") {
    return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text)
      ? text
      : undefined;
  }
  return text;
}
