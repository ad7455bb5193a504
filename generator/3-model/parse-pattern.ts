import { normaliseLiteral } from "./normalise-literal.js";
import type { LiteralRules } from "./normalise-literal.js";
import { quoteText } from "./quote-text.js";
import { reservedNames } from "./reserved-names.js";

/** A segment of a path pattern before the `params` of the policy give its parameters a type. */
export type PatternSegment =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "param"; readonly name: string }
  | { readonly kind: "star" }
  | { readonly kind: "rest" };

export interface PatternRules extends LiteralRules {
  readonly strict: boolean;
  readonly maxPathLength: number;
}

export interface PatternProblem {
  readonly code: string;
  readonly message: string;
  readonly help: string;
}

export interface ParsedPattern {
  /** Those of the prefix and the new ones that have no problem. */
  readonly segments: readonly PatternSegment[];
  readonly problems: readonly PatternProblem[];
}

/** Reads one key of `routes`, which stands below a prefix: `/orders/:orderId`. */
export function parsePattern(
  text: string,
  prefix: readonly PatternSegment[],
  rules: PatternRules,
): ParsedPattern {
  const problems: PatternProblem[] = [];
  if (!text.startsWith("/")) {
    const help = "start every path of the policy with `/`";
    return {
      segments: prefix,
      problems: [problem("bad-pattern", `path ${quoteText(text)} has no slash in front`, help)],
    };
  }
  if (text === "/" && prefix.length === 0) return { segments: [], problems };
  const pieces = text.slice(1).split("/");
  if (pieces.length + prefix.length > rules.maxPathLength) {
    return { segments: prefix, problems: [tooLong(rules)] };
  }
  const names = new Set(
    prefix.flatMap((segment) => (segment.kind === "param" ? segment.name : [])),
  );
  const segments = [...prefix];
  for (const [index, piece] of pieces.entries()) {
    const isLast = index === pieces.length - 1;
    const before = segments.at(-1);
    if (before?.kind === "rest") {
      problems.push(
        problem(
          "rest-not-last",
          "nothing can follow `**`",
          "`**` stands for the whole rest of a path",
        ),
      );
      break;
    }
    const afterTrailingSlash = before?.kind === "literal" && before.text === "";
    if (piece === "" && isLast && before !== undefined && !afterTrailingSlash) {
      if (rules.strict) segments.push({ kind: "literal", text: "" });
      else problems.push(trailingSlash());
      break;
    }
    if (piece === "" || afterTrailingSlash) {
      problems.push(emptySegment());
      break;
    }
    const segment = parseSegment(piece, rules);
    if ("code" in segment) {
      problems.push(segment);
      continue;
    }
    if (segment.kind === "param") {
      if (names.has(segment.name)) {
        problems.push(
          problem(
            "duplicate-param",
            `parameter ${quoteText(segment.name)} stands twice in one path`,
            "give each parameter of a path its own name",
          ),
        );
      }
      names.add(segment.name);
    }
    segments.push(segment);
  }
  if (shortestLength(segments) > rules.maxPathLength) problems.push(tooLong(rules));
  return { segments, problems };
}

/** The pattern as route ids spell it; reading it again gives the same segments. */
export function printPattern(segments: readonly PatternSegment[]): string {
  if (segments.length === 0) return "/";
  return segments.map((segment) => `/${printSegment(segment)}`).join("");
}

/** What a name of a parameter looks like; it becomes a property of `params` in TypeScript. */
const PARAM_NAME = /^[A-Za-z][A-Za-z0-9_]{0,99}$/;

function parseSegment(piece: string, rules: PatternRules): PatternSegment | PatternProblem {
  if (piece === "*") return { kind: "star" };
  if (piece === "**") return { kind: "rest" };
  if (piece.startsWith(":")) return parseParam(piece.slice(1));
  const marked = [...markedCharacters].find(([character]) => piece.includes(character));
  if (marked !== undefined) {
    return problem("bad-pattern", `segment ${quoteText(piece)} holds \`${marked[0]}\``, marked[1]);
  }
  const literal = normaliseLiteral(piece, rules);
  if (literal.ok) return { kind: "literal", text: literal.text };
  return problem("bad-pattern", `segment ${quoteText(piece)} ${literal.problem}`, literal.help);
}

const markedCharacters: ReadonlyMap<string, string> = new Map([
  ["?", "a pattern has no query and no optional segment; write `%3F` for a question mark"],
  ["#", "a pattern has no fragment; write `%23` for a number sign"],
  [":", "a parameter takes a whole segment; write `%3A` for a colon"],
  ["*", "a wildcard takes a whole segment; write `%2A` for an asterisk"],
]);

function parseParam(name: string): PatternSegment | PatternProblem {
  if (reservedNames.has(name)) {
    return problem(
      "reserved-name",
      `a parameter cannot be called ${quoteText(name)}`,
      "choose another name",
    );
  }
  if (PARAM_NAME.test(name)) return { kind: "param", name };
  return problem(
    "bad-pattern",
    `${quoteText(`:${name}`)} names no parameter`,
    "a parameter's name is a letter, then up to 99 letters, digits or `_`, and fills its segment",
  );
}

function printSegment(segment: PatternSegment): string {
  if (segment.kind === "param") return `:${segment.name}`;
  if (segment.kind === "star") return "*";
  if (segment.kind === "rest") return "**";
  return segment.text.replaceAll(":", "%3A").replaceAll("*", "%2A");
}

/** The length of the shortest path that the pattern matches. */
function shortestLength(segments: readonly PatternSegment[]): number {
  let length = 0;
  for (const segment of segments) {
    if (segment.kind === "literal") length += 1 + segment.text.length;
    else if (segment.kind !== "rest") length += 2;
  }
  return Math.max(1, length);
}

function trailingSlash(): PatternProblem {
  return problem(
    "trailing-slash",
    "the path ends in a slash",
    "leave it out: a router that is not strict ignores a request's trailing slash",
  );
}

function emptySegment(): PatternProblem {
  return problem("bad-pattern", "the path has an empty segment", "leave one of the slashes out");
}

function tooLong(rules: PatternRules): PatternProblem {
  return problem(
    "pattern-too-long",
    `no path of at most ${rules.maxPathLength} characters can match`,
    "shorten the path, or raise `router.maxPathLength`",
  );
}

function problem(code: string, message: string, help: string): PatternProblem {
  return { code, message, help };
}
