import { expect } from "vitest";
import { parsePolicy } from "../../../generator/1-load/parse-policy.js";
import type { ParsedPolicy } from "../../../generator/1-load/parse-policy.js";
import type { PolicyNode } from "../../../generator/1-load/policy-document.js";
import { positionAt } from "../../../generator/diagnostics/position.js";

export function parse(text: string): ParsedPolicy {
  return parsePolicy({ path: "policies/trap.yaml", text });
}

/** Per mistake: its code, its line and column, and the text that is underlined. */
export function mistakes(text: string): readonly (readonly [string, string, string])[] {
  return parse(text).diagnostics.map(({ code, severity, at, help = "" }) => {
    expect(severity).toBe("error");
    expect(help.length).toBeGreaterThan(5);
    const { line, column } = positionAt(text, at.start);
    return [code, `${line}:${column}`, text.slice(at.start, at.end)];
  });
}

/** What a text says, as plain data; one with mistakes is a fault of the test. */
export function read(text: string): unknown {
  expect(mistakes(text)).toEqual([]);
  const { document } = parse(text);
  if (document === undefined) throw new Error("no document");
  return plain(document.root);
}

export function plain(node: PolicyNode): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(plain);
  return Object.fromEntries(node.entries.map(({ key, value }) => [key, plain(value)]));
}
