import { styleText } from "node:util";
import type { Diagnostic, SourceSpan, SourceText } from "./diagnostic.js";
import { createLocate } from "./locate.js";
import type { Place } from "./locate.js";
import { textWidth } from "./text-width.js";
import { visible } from "./visible.js";

/** Columns of source text shown in a frame; a longer line is cut around the fault. */
const FRAME_WIDTH = 100;
/** Columns shown before a fault that lies far to the right. */
const FRAME_LEAD = 30;

type Style = "bold" | "red" | "yellow" | "cyan" | "blue";

/** Compiler-style text: message, place, the line with the fault underlined, and what to do. */
export function reportText(
  diagnostics: readonly Diagnostic[],
  sources: readonly SourceText[],
  color: boolean,
): string {
  const locate = createLocate(sources);
  const paint = (style: Style, text: string) =>
    color ? styleText(style, text, { validateStream: false }) : text;
  const frameOf = (at: SourceSpan, arrow: string): readonly string[] => {
    const place = locate(at);
    const margin = " ".repeat(String(place.start.line).length);
    const where = `${visible(place.file)}:${place.start.line}:${place.start.column}`;
    const head = `${margin}${paint("blue", arrow)} ${where}`;
    const { line, underline } = frameLine(place);
    if (line === "") return [head];
    const bar = paint("blue", "|");
    return [
      head,
      `${margin} ${bar}`,
      `${paint("blue", String(place.start.line))} ${bar} ${line}`,
      `${margin} ${bar} ${paint("red", underline)}`,
    ];
  };
  const blocks = diagnostics.map((diagnostic) => {
    const tint = diagnostic.severity === "error" ? "red" : "yellow";
    const label = paint(tint, `${diagnostic.severity}[${diagnostic.code}]`);
    return [
      `${label}: ${paint("bold", visible(diagnostic.message))}`,
      ...frameOf(diagnostic.at, "-->"),
      ...(diagnostic.help === undefined
        ? []
        : [`  = ${paint("cyan", "help")}: ${visible(diagnostic.help)}`]),
      ...(diagnostic.related ?? []).flatMap((related) => [
        `  = ${paint("cyan", "note")}: ${visible(related.message)}`,
        ...frameOf(related.at, ":::"),
      ]),
    ].join("\n");
  });
  return [...blocks, summary(diagnostics)].filter((block) => block !== "").join("\n\n");
}

/** One line that counts errors and warnings; empty where there are none. */
function summary(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === "error").length;
  const counts = [counted(errors, "error"), counted(diagnostics.length - errors, "warning")].filter(
    (text) => text !== "",
  );
  return counts.join(", ");
}

function counted(count: number, noun: string): string {
  return count === 0 ? "" : `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function frameLine(place: Place): { readonly line: string; readonly underline: string } {
  const { index, start, end } = place;
  const lineStart = index.starts[start.line - 1] ?? 0;
  const next = index.starts[start.line] ?? index.text.length + 1;
  const text = index.text.slice(lineStart, next - 1).replace(/\r$/, "");
  const from = Math.min(start.column - 1, text.length);
  const to = end.line === start.line ? Math.min(end.column - 1, text.length) : text.length;
  const cutAt = from > FRAME_WIDTH - FRAME_LEAD ? from - FRAME_LEAD : 0;
  const before = visible(text.slice(cutAt, from));
  const marked = visible(text.slice(from, Math.min(to, cutAt + FRAME_WIDTH)));
  const after = visible(text.slice(Math.min(to, cutAt + FRAME_WIDTH), cutAt + FRAME_WIDTH));
  const ellipsis = text.length > cutAt + FRAME_WIDTH ? "…" : "";
  const lead = cutAt > 0 ? "…" : "";
  return {
    line: `${lead}${before}${marked}${after}${ellipsis}`,
    underline: " ".repeat(textWidth(lead + before)) + "^".repeat(Math.max(1, textWidth(marked))),
  };
}
