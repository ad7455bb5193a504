import type { PolicyModel, RouteModel } from "../3-model/policy-model.js";
import { createAdmissions } from "./admission.js";
import type { Admissions, AdmittedCaller } from "./admission.js";
import { sharedPaths, visitLessSpecific } from "./overlapping-patterns.js";
import { buildPatternTrie, matchPattern, routeAt } from "./pattern-trie.js";
import type { BoundPattern, PatternTrie } from "./pattern-trie.js";
import { printPath } from "./print-caller.js";

/** A method that a pattern does not bind, and that a less specific one opens to more callers. */
export interface FallThrough {
  readonly pattern: BoundPattern;
  readonly method: string;
  /** A path that the pattern matches and the weaker rule decides. */
  readonly path: string;
  readonly weaker: RouteModel;
  readonly caller: AdmittedCaller;
}

/** One for each pattern and method, but none for a pattern that gives a reason for falling through. */
export function findFallThroughs(model: PolicyModel): readonly FallThrough[] {
  const trie = buildPatternTrie(model);
  const admissions = createAdmissions(model);
  return trie.patterns.flatMap((pattern) => {
    const isExplained = pattern.routes.some((route) => route.fallThrough !== undefined);
    return isExplained ? [] : fallThroughsOf(trie, pattern, admissions);
  });
}

function fallThroughsOf(
  trie: PatternTrie,
  pattern: BoundPattern,
  admissions: Admissions,
): readonly FallThrough[] {
  const found: FallThrough[] = [];
  let open = trie.methods.filter((method) => routeAt(pattern, method) === undefined);
  if (open.length === 0) return found;
  const findCaller = admissions.callersBeyond(pattern.routes);
  const stillWanted = () =>
    open.reduce((bits, method) => bits | (trie.candidates.get(method) ?? 0), 0);
  const visit = (other: BoundPattern) => {
    const before = found.length;
    for (const method of open) {
      const weaker = routeAt(other, method);
      const caller = weaker === undefined ? undefined : findCaller(weaker);
      if (weaker === undefined || caller === undefined) continue;
      const path = pathDecidedBy(trie, { pattern, other, method });
      if (path !== undefined)
        found.push({ pattern, method, path: printPath(path), weaker, caller });
    }
    if (found.length > before) {
      const settled = new Set(found.map(({ method }) => method));
      open = open.filter((method) => !settled.has(method));
      wanted = stillWanted();
    }
    return wanted;
  };
  let wanted = stillWanted();
  visitLessSpecific(trie, pattern, { wanted, visit });
  return found.toSorted((a, b) => (a.method < b.method ? -1 : 1));
}

interface Overlap {
  readonly pattern: BoundPattern;
  readonly other: BoundPattern;
  readonly method: string;
}

function pathDecidedBy(trie: PatternTrie, overlap: Overlap): readonly string[] | undefined {
  for (const path of sharedPaths(trie, overlap.pattern, overlap.other)) {
    if (matchPattern(trie, path, overlap.method) === overlap.other) return path;
  }
  return undefined;
}
