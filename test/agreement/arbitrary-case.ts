import fc from "fast-check";
import type { SourceText } from "../../generator/diagnostics/diagnostic.js";
import { createOracle } from "../oracle/create-oracle.js";
import type { OracleRequest } from "../oracle/create-oracle.js";
import { isLiteral } from "../oracle/plain-policy.js";
import type { PlainPolicy } from "../oracle/plain-policy.js";
import { arbitraryFittingAct } from "./arbitrary-actors.js";
import { arbitraryPolicy } from "./arbitrary-policy.js";

export interface AgreementCase {
  readonly sources: readonly SourceText[];
  readonly requests: readonly OracleRequest[];
}

/** A random policy and requests that mostly lead to its patterns or close by. */
export function arbitraryCase(requestCount: number): fc.Arbitrary<AgreementCase> {
  return arbitraryPolicy().chain((sources) => {
    const { policy } = createOracle(sources.map(({ text }) => text));
    return fc.record({
      sources: fc.constant(sources),
      requests: fc.array(arbitraryRequest(policy), {
        minLength: requestCount,
        maxLength: requestCount,
      }),
    });
  });
}

const methods = ["GET", "HEAD", "OPTIONS", "POST", "DELETE", "PUT"];

function arbitraryRequest(policy: PlainPolicy): fc.Arbitrary<OracleRequest> {
  const names = [...policy.roles.keys()];
  const roles = fc.array(fc.constantFrom(...names, "unknown"), { maxLength: 5 });
  const claims = fc.oneof(
    { weight: 5, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: arbitraryFittingAct(names).map((act) => ({ act })) },
  );
  const routes = policy.routes.map(({ method, segments }) => ({ method, segments }));
  return fc
    .record({
      route: fc.constantFrom(...routes, { method: "GET", segments: [] }),
      otherMethod: fc.option(fc.constantFrom(...methods), { freq: 3 }),
      roles: fc.oneof(
        { weight: 5, arbitrary: roles },
        { weight: 2, arbitrary: fc.constant(names) },
        { weight: 2, arbitrary: fc.constant(null) },
      ),
    })
    .chain(({ route, otherMethod, roles }) =>
      fc.record({
        method: fc.constant(otherMethod ?? route.method),
        target: fc.oneof(
          { weight: 9, arbitrary: arbitraryPath(route.segments) },
          { weight: 1, arbitrary: rawTarget },
        ),
        roles: fc.constant(roles),
        claims,
      }),
    );
}

const rawTarget = fc
  .array(
    fc.constantFrom(
      ..."/aAb.;~%2Ff@|\\#? \u0001\u00e9",
      "%2F",
      "%2f",
      "%2e",
      "%41",
      "%C3%A9",
      "%c3%a9",
      "%C0%AF",
      "%3B",
      "%5C",
      "%00",
      "..",
      "/..",
      "/a",
      "/b",
    ),
    { maxLength: 12 },
  )
  .map((pieces) => `/${pieces.join("")}`);

const plainText = fc.constantFrom(
  "a",
  "b",
  "ab",
  "A",
  "7",
  "-12",
  "9007199254740993",
  "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
  "%C3%A9",
  "x%20y",
);

const oddText = fc.constantFrom(
  "07",
  "%c3%a9",
  "%c3%89",
  "a%2Fb",
  "%2f",
  "a%2F..",
  "a%2F..%2Fb",
  "a;b",
  ";",
  "..;b",
  "a%2F..;b",
  "a;b%2F..",
  "00000000000000000007",
  "%3B",
  "@",
  "%40",
  "|",
  "%7C",
  "%7c",
  "~",
  "%25",
  "%2525",
  ":p0",
  "*",
  "**",
  "",
);

const segmentText = fc.oneof(
  { weight: 4, arbitrary: plainText },
  { weight: 1, arbitrary: oddText },
);

const suffix = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("", "", "", "/", "?x", "/a") },
  { weight: 1, arbitrary: fc.constantFrom("/a/", "//", "/?/..", "#", "/..", "%2F", ";") },
);

function arbitraryPath(pattern: readonly string[]): fc.Arbitrary<string> {
  const choice = fc.tuple(segmentText, fc.nat({ max: 99 }));
  return fc
    .tuple(fc.array(choice, { minLength: 6, maxLength: 6 }), suffix)
    .map(([choices, end]) => {
      const segments = pattern.flatMap((part, index) => {
        const [text = "a", chance = 0] = choices[index] ?? [];
        if (part === "**") return chance < 25 ? [] : [text, "b"].slice(0, chance < 60 ? 1 : 2);
        if (!isLiteral(part)) return [text];
        // Mostly what the pattern asks for; sometimes another word in place of a literal.
        if (chance < 8) return [text];
        return [chance < 16 ? part.toUpperCase() : part];
      });
      return `/${segments.join("/")}${end}`;
    });
}
