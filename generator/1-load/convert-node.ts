import { isAlias, isMap, isScalar, isSeq } from "yaml";
import type { Pair, Scalar, YAMLMap } from "yaml";
import type { Diagnostic, SourceSpan, SourceText } from "../diagnostics/diagnostic.js";
import { quoteText } from "../diagnostics/quote-text.js";
import { MAX_DEPTH, reservedNames } from "./policy-document.js";
import type { PolicyEntry, PolicyNode, PolicyScalar } from "./policy-document.js";
import type { Mark } from "./read-tokens.js";

/** One wrong level can break in many places; the first ones show what to mend. */
const MAX_MISTAKES = 100;

export interface Converted {
  readonly node: PolicyNode;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Turns parsed YAML into policy nodes: maps, lists and plain scalars. Tags, anchors and aliases are
 * reported where they are read; what they stand at becomes a scalar without value.
 */
export function convertNode(
  contents: unknown,
  source: SourceText,
  marks: readonly Mark[],
): Converted {
  const diagnostics: Diagnostic[] = [];
  const report = (found: Omit<Diagnostic, "severity">) => {
    if (diagnostics.length < MAX_MISTAKES) diagnostics.push({ ...found, severity: "error" });
  };
  const node = convert(contents, { depth: 0, fallback: 0 });
  return { node, diagnostics };

  function convert(
    value: unknown,
    where: { readonly depth: number; readonly fallback: number },
  ): PolicyNode {
    const at = spanOf(value, where.fallback);
    if (where.depth > MAX_DEPTH) {
      report({
        code: "yaml-depth",
        message: "the file nests too deeply",
        at,
        help: `the policy language nests at most ${MAX_DEPTH} levels`,
      });
      return scalar(null, at);
    }
    if (isTagged(value)) return scalar(null, { ...at, start: tagBefore(at.start) });
    if (isMap(value)) return { kind: "map", at, entries: entriesOf(value, where.depth) };
    if (isSeq(value)) {
      const depth = where.depth + 1;
      const items = value.items.map((item) => convert(item, { depth, fallback: at.start }));
      return { kind: "list", at, items };
    }
    return scalar(isScalar(value) ? scalarValue(value, at) : null, at);
  }

  function entriesOf(map: YAMLMap, depth: number): readonly PolicyEntry[] {
    const first = new Map<string, SourceSpan>();
    return map.items.flatMap((pair): readonly PolicyEntry[] => {
      const keyAt = spanOf(pair.key, map.range?.[0] ?? 0);
      const value = valueOf(pair, keyAt, depth + 1);
      const key = keyOf(pair, keyAt);
      if (key === undefined) return [];
      const earlier = first.get(key);
      if (earlier === undefined) {
        first.set(key, keyAt);
        return [{ key, keyAt, value }];
      }
      report({
        code: "duplicate-key",
        message: `the key ${quoteText(key)} stands twice in one map`,
        at: keyAt,
        help: "merge the two, or rename one",
        related: [{ message: "first here", at: earlier }],
      });
      return [];
    });
  }

  /** An empty value has no place of its own: what is said about it is shown at its key. */
  function valueOf(pair: Pair, keyAt: SourceSpan, depth: number): PolicyNode {
    const value = convert(pair.value, { depth, fallback: keyAt.end });
    return value.at.start === value.at.end ? { ...value, at: keyAt } : value;
  }

  function keyOf({ key, value }: Pair, at: SourceSpan): string | undefined {
    const name: unknown = isScalar(key) ? key.value : undefined;
    if (isAlias(key)) return undefined;
    if (typeof name !== "string" || name === "") {
      const isEmpty = name === "" || (name === null && at.start === at.end);
      report({
        code: "yaml-key",
        message: isEmpty ? "a key is empty" : "a key must be text",
        at,
        help: isEmpty
          ? "write a name in front of the colon"
          : "quote a key that is a number, `true`, `false` or `null`; a list or a map cannot be one",
      });
      return undefined;
    }
    if (name === "<<") {
      report({
        code: "yaml-merge-key",
        message: "a merge key takes text from elsewhere in the file",
        at: isAlias(value) ? { ...at, end: spanOf(value, at.end).end } : at,
        help: "write the entries out",
      });
      return undefined;
    }
    if (reservedNames.has(name)) {
      report({
        code: "reserved-name",
        message: `the name \`${name}\` is reserved`,
        at,
        help: "choose another name",
      });
      return undefined;
    }
    return name;
  }

  function scalarValue({ value, source: written = "" }: Scalar, at: SourceSpan) {
    if (value === null || typeof value === "string" || typeof value === "boolean") return value;
    const isWhole = Number.isInteger(value) && !Number.isSafeInteger(value);
    const isOctal = /^[-+]?0[0-9]/.test(written);
    if (typeof value === "number" && Number.isFinite(value) && !isWhole && !isOctal) return value;
    report({
      code: "yaml-number",
      message: isOctal
        ? "a number begins with a zero, which some read as octal"
        : "the number is not finite, or too large to be exact",
      at,
      help: isOctal ? "leave the zero out, or quote it if it is text" : "quote it if it is text",
    });
    return null;
  }

  /** Tags stand before the value that they belong to. */
  function tagBefore(start: number): number {
    const mark = marks.findLast(
      (candidate) => candidate.kind === "tag" && candidate.start <= start,
    );
    return mark?.start ?? start;
  }

  function spanOf(value: unknown, fallback: number): SourceSpan {
    const range: unknown =
      typeof value === "object" && value !== null ? Reflect.get(value, "range") : undefined;
    const [start, end] = Array.isArray(range) ? range : [fallback, fallback];
    return { file: source.path, start: Number(start), end: Number(end) };
  }
}

function scalar(value: PolicyScalar["value"], at: SourceSpan): PolicyScalar {
  return { kind: "scalar", at, value };
}

function isTagged(value: unknown): boolean {
  return typeof value === "object" && value !== null && Reflect.get(value, "tag") !== undefined;
}
