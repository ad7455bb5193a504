import { createMistakes } from "./mistake.js";
import type { ConditionMistake } from "./mistake.js";
import { parseTernary } from "./parse-operators.js";
import { createCursor } from "./token-cursor.js";
import { readTokens } from "./read-tokens.js";
import type { Syntax } from "./syntax.js";

/** A condition of this length is a program; it belongs into the application. */
export const MAX_LENGTH = 10_000;

export interface ParsedCondition {
  readonly syntax: Syntax;
  readonly mistakes: readonly ConditionMistake[];
}

/** Reads an expression. Goes on behind a mistake, so that one run shows all of them. */
export function parseCondition(text: string): ParsedCondition {
  const mistakes = createMistakes();
  const whole = { start: 0, end: text.length };
  if (text.length > MAX_LENGTH) {
    const message = `the condition is longer than ${MAX_LENGTH} characters`;
    mistakes.add({ code: "condition-too-large", message, ...whole });
    return { syntax: { kind: "broken", ...whole }, mistakes: mistakes.list };
  }
  const cursor = createCursor(readTokens(text, mistakes), mistakes);
  const syntax = parseTernary(cursor);
  cursor.expectEnd();
  const ordered = mistakes.list.toSorted((a, b) => a.start - b.start || a.end - b.end);
  return { syntax, mistakes: ordered };
}
