import type { PolicyEntry, PolicyNode } from "../../../1-load/policy-document.js";

/** Where the last character of a value stands, or of the key before an empty one; just behind it. */
export function contentEnd(text: string, entry: PolicyEntry): number {
  return trimEnd(text, Math.max(entry.keyAt.end, nodeEnd(text, entry.value)));
}

function nodeEnd(text: string, node: PolicyNode): number {
  if (isFlow(text, node) || node.kind === "scalar") return node.at.end;
  if (node.kind === "map") {
    const last = node.entries.at(-1);
    return last === undefined ? node.at.end : contentEnd(text, last);
  }
  const last = node.items.at(-1);
  return last === undefined ? node.at.end : trimEnd(text, nodeEnd(text, last));
}

/** A block scalar ends behind its line, and an empty value behind what stands before it. */
function trimEnd(text: string, end: number): number {
  let at = end;
  while (at > 0 && /\s/.test(text[at - 1] ?? "")) at -= 1;
  return at;
}

export function isFlow(text: string, node: PolicyNode): boolean {
  return node.kind !== "scalar" && /[[{]/.test(text[node.at.start] ?? "");
}

/** Before the line break that ends the line, or at the end of the text. */
export function lineEnd(text: string, at: number): number {
  const found = text.indexOf("\n", at);
  if (found === -1) return text.length;
  return found > at && text[found - 1] === "\r" ? found - 1 : found;
}

/** Behind the line break before the line. */
export function lineStart(text: string, at: number): number {
  return text.lastIndexOf("\n", at - 1) + 1;
}

export function eolOf(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}

/** The white space before a key; undefined where something else stands before it on its line. */
export function indentOf(text: string, at: number): string | undefined {
  const lead = text.slice(lineStart(text, at), at);
  return /^ *(?:\? )?$/.test(lead) ? lead.replace("? ", "") : undefined;
}

/** Where the line break stands that ends the line before; 0 in the first line. */
export function breakBefore(text: string, at: number): number {
  const from = lineStart(text, at);
  return from > 1 && text[from - 2] === "\r" ? from - 2 : Math.max(0, from - 1);
}

/** The comment behind a key, or behind a value that ends on the same line; with its place in the text. */
export function commentAt(
  text: string,
  entry: PolicyEntry,
): { readonly text: string; readonly start: number; readonly end: number } | undefined {
  const isInline = entry.value.kind === "scalar" || isFlow(text, entry.value);
  const from = isInline ? contentEnd(text, entry) : entry.keyAt.end;
  const end = lineEnd(text, from);
  const found = /^:?[ \t]+#[ \t]?(.*)$/.exec(text.slice(from, end));
  if (found === null) return undefined;
  const colon = found[0].startsWith(":") ? 1 : 0;
  return { text: found[1]?.trim() ?? "", start: from + colon, end };
}
