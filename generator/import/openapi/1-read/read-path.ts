import { parsePattern } from "../../../3-model/parse-pattern.js";
import type { PatternRules, PatternSegment } from "../../../3-model/parse-pattern.js";
import { quoteText } from "../../../3-model/quote-text.js";
import { reservedNames } from "../../../3-model/reserved-names.js";
import type { Cause } from "./import-note.js";

export interface ReadPath {
  /** The pattern, or a pattern of the same shape where the path cannot be written as one; empty if neither. */
  readonly segments: readonly PatternSegment[] | undefined;
  /** What stands between the braces, by the name of the parameter. */
  readonly spellings: ReadonlyMap<string, string>;
  /** Segments that mix text and parameters, by their position. */
  readonly mixed: ReadonlyMap<number, string>;
  /** Whether a query or a fragment was cut off: no route is chosen by either. */
  readonly isCut: boolean;
  readonly refusal: Cause | undefined;
}

/** Reads a path template below the path of its server: `/orders/{orderId}` is `/orders/:orderId`. */
export function readPath(base: string, template: string, rules: PatternRules): ReadPath {
  const { path, isCut } = cutQuery(template);
  const spellings = new Map<string, string>();
  const mixed = new Map<number, string>();
  const nothing = { segments: undefined, spellings, mixed, isCut };
  if (!path.startsWith("/")) {
    return { ...nothing, refusal: unusable("it does not begin with a slash") };
  }
  if (path.includes("//")) return { ...nothing, refusal: unusable("it has an empty segment") };
  const whole = rules.strict ? base + path : (base + path).replace(/\/$/, "");
  const pieces: string[] = [];
  for (const piece of whole.split("/").slice(1)) {
    const only = /^\{([^{}]*)\}$/.exec(piece);
    const rest = piece.replace(/\{[^{}]*\}/g, "");
    if (/[{}]/.test(rest)) {
      return { ...nothing, refusal: unusable(`the braces in ${quoteText(piece)} do not match`) };
    }
    if (only === null && rest.length === piece.length) {
      pieces.push(piece.replaceAll(":", "%3A").replaceAll("*", "%2A"));
      continue;
    }
    if (only === null) mixed.set(pieces.length, piece);
    const name = nameParam(only?.[1] ?? piece, spellings);
    spellings.set(name, only?.[1] ?? "");
    pieces.push(`:${name}`);
  }
  const pattern = parsePattern(`/${pieces.join("/")}`, [], rules);
  const [problem] = pattern.problems;
  if (problem !== undefined) {
    return { ...nothing, refusal: unusable(problem.message, problem.help) };
  }
  const { segments } = pattern;
  const [first] = mixed.values();
  const refusal = first === undefined ? undefined : mixes(first);
  return { segments, spellings, mixed, isCut, refusal };
}

function mixes(piece: string): Cause {
  return {
    code: "openapi-mixed-segment",
    message: `the segment ${quoteText(piece)} mixes text and parameters`,
    help: "a parameter of a pattern takes a whole segment: bind the operation by hand, as `:name` or `*`",
  };
}

function unusable(problem: string, help = "correct the path in the document"): Cause {
  return { code: "openapi-unusable-path", message: `the path cannot be a route: ${problem}`, help };
}

/** Up to the first `?` or `#` outside of braces. */
function cutQuery(template: string): { readonly path: string; readonly isCut: boolean } {
  let depth = 0;
  for (let at = 0; at < template.length; at += 1) {
    const character = template[at];
    if (character === "{") depth += 1;
    else if (character === "}") depth -= 1;
    else if (depth <= 0 && (character === "?" || character === "#")) {
      return { path: template.slice(0, at), isCut: true };
    }
  }
  return { path: template, isCut: false };
}

const USABLE = /^[A-Za-z][A-Za-z0-9_]{0,89}$/;

/** The document's name where it can be one here, else one made of its letters; each stands once in a path. */
function nameParam(spelling: string, taken: ReadonlyMap<string, string>): string {
  if (USABLE.test(spelling) && !reservedNames.has(spelling) && !taken.has(spelling))
    return spelling;
  const word = spelling
    .replace(/[^A-Za-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .slice(0, 90);
  const name = /^[A-Za-z]/.test(word) && !reservedNames.has(word) ? word : `param${word}`;
  if (!taken.has(name)) return name;
  let number = 2;
  while (taken.has(`${name}_${number}`)) number += 1;
  return `${name}_${number}`;
}
