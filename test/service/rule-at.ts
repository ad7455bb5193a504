import { readFileSync } from "node:fs";
import { LineCounter, isMap, isScalar, parseDocument } from "yaml";

/** `file:line` of a key of the sample policy, found without the compiler. */
export function ruleAt(file: string, ...keys: readonly string[]): string {
  const lines = new LineCounter();
  const text = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
  let node: unknown = parseDocument(text, { lineCounter: lines }).contents;
  let offset = 0;
  for (const key of keys) {
    const pair = isMap(node)
      ? node.items.find((item) => isScalar(item.key) && item.key.value === key)
      : undefined;
    if (!isScalar(pair?.key)) throw new Error(`${file} has no ${keys.join(" ")}`);
    offset = pair.key.range?.[0] ?? 0;
    node = pair.value;
  }
  return `${file}:${lines.linePos(offset).line}`;
}

/** `file:line` of the only line of the sample's roles that holds a text. */
export function placeOf(text: string): string {
  const file = "policies/access.yaml";
  const lines = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8").split("\n");
  const [found = -1, ...others] = lines.flatMap((line, index) =>
    line.includes(text) ? [index] : [],
  );
  if (found === -1 || others.length > 0) throw new Error(`${file} has not one line with ${text}`);
  return `${file}:${found + 1}`;
}
