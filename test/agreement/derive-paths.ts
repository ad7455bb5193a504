import { isLiteral } from "../oracle/plain-policy.js";
import type { PlainPolicy } from "../oracle/plain-policy.js";

/** Values for a parameter or a wildcard: of every type, near each type, and in every odd spelling. */
const fillings = [
  "7",
  "-3",
  "0x1f",
  "9007199254740992",
  "00000000000000000007",
  "-0",
  "1e3",
  "7.0",
  "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
  "3F2504E0-4F89-41D3-9A0C-0305E82C3301",
  "3f2504e04f8941d39a0c0305e82c3301",
  "x",
  "a%20b",
  "caf%C3%A9",
  "caf%c3%a9",
  "a%2Fb",
  "a%2F..%2Fb",
  "%40",
  "@",
  "a|b",
  "%25",
  "%252e",
  "...",
  "a:b",
];

/** What may be put behind, into or in place of a path to make it ambiguous, malformed or another one. */
const suffixes = [
  "/",
  "//",
  "/x",
  "/.",
  "/..",
  "/../x",
  "/%2e",
  "/%2E%2e",
  "/.%2e/x",
  "/...",
  "?x=1",
  "/?x=/../",
  "?#",
  "#x",
  ";v=1",
  "/;",
  "/..;/x",
  "%3B",
  "\\",
  "%5C",
  "%2F",
  "%2f..",
  "%00",
  "%0a",
  "%7F",
  "%C2%85",
  "%C0%AF",
  "%E0%80%AF",
  "%ED%A0%80",
  "%F4%90%80%80",
  "%FF",
  "%C3",
  "%E2%82%AC",
  "%E2%82",
  "%",
  "%4",
  "%zz",
  "%41",
  "%7e",
  "~",
  "%7C",
  "|",
  '"',
  "\u00e9",
  " ",
  "\t",
  "\u0000",
  "+",
  "%2B",
];

const foreignTargets = [
  "",
  "*",
  "orders",
  "http://localhost/orders",
  "//localhost/orders",
  "?",
  "/?",
  "/",
  "/%2F",
  "/..",
];

/**
 * A finite set of targets that meets every pattern of a policy and passes close by each: other letter
 * case, other literals, segments too few and too many, other spellings, and what must be refused.
 */
export function derivePaths(policy: PlainPolicy): readonly string[] {
  const patterns = [
    ...new Map(policy.routes.map(({ segments }) => [join(segments), segments])).values(),
  ];
  const words = [...new Set(patterns.flat().filter(isLiteral))];
  const plain = patterns.flatMap((parts) => fillings.map((filling) => join(fill(parts, filling))));
  const [first = ""] = fillings;
  const near = patterns.flatMap((parts) => {
    const path = fill(parts, first);
    return path.flatMap((segment, index) => [
      join(path.toSpliced(index, 1)),
      ...[...words, ...respell(segment)].map((word) => join(path.with(index, word))),
    ]);
  });
  const longest = policy.router.maxPathLength;
  const edges = patterns.flatMap((parts) => {
    const base = join(fill(parts, first));
    const padding = (length: number) => `${base}/${"x".repeat(length - base.length - 1)}`;
    return [...suffixes.map((suffix) => base + suffix), padding(longest), padding(longest + 1)];
  });
  return [...new Set([...plain, ...near, ...edges, ...foreignTargets])];
}

function fill(parts: readonly string[], filling: string): readonly string[] {
  return parts.map((part) => (isLiteral(part) ? part : filling));
}

function join(segments: readonly string[]): string {
  return `/${segments.join("/")}`;
}

/** The same word in upper case, with its first character as an escape, and a word that begins alike. */
function respell(segment: string): readonly string[] {
  const escape = `%${segment.charCodeAt(0).toString(16).padStart(2, "0")}`;
  return [segment.toUpperCase(), escape + segment.slice(1), `${segment}s`, segment.slice(0, -1)];
}
