import { isAlias, isMap, isScalar, isSeq } from "yaml";
import type { Pair, YAMLMap } from "yaml";
import type { Diagnostic, SourceSpan, SourceText } from "../diagnostics/diagnostic.js";
import type { PolicyEntry, PolicyNode, PolicyScalar } from "./policy-document.js";

const MAX_DEPTH = 32;
const MAX_NODES = 200_000;

/** Keys that JavaScript objects treat in a special way. */
const reservedNames = new Set(["__proto__", "constructor", "prototype"]);

export interface Converted {
  readonly node: PolicyNode | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Turns parsed YAML into policy nodes, and refuses everything but maps, lists and plain scalars. */
export function convertNode(contents: unknown, source: SourceText): Converted {
  const diagnostics: Diagnostic[] = [];
  let count = 0;
  const report = (found: Omit<Diagnostic, "severity">) => {
    diagnostics.push({ ...found, severity: "error" });
  };
  const node = convert(contents, { depth: 0, fallback: 0 });
  return { node, diagnostics };

  function convert(
    value: unknown,
    where: { readonly depth: number; readonly fallback: number },
  ): PolicyNode {
    const at = spanOf(value, where.fallback);
    count += 1;
    if (count > MAX_NODES || where.depth > MAX_DEPTH) {
      if (count === MAX_NODES + 1) reportCount(at);
      else if (count <= MAX_NODES) reportDepth(at);
      return scalar(null, at);
    }
    reportProperties(value, at);
    if (isMap(value)) return { kind: "map", at, entries: entriesOf(value, where.depth) };
    if (isSeq(value)) {
      const depth = where.depth + 1;
      const items = value.items.map((item) => convert(item, { depth, fallback: at.start }));
      return { kind: "list", at, items };
    }
    if (isAlias(value)) {
      report({
        code: "yaml-alias",
        message: "an alias stands for text from elsewhere in the file",
        at,
        help: "write the value out, or quote a text that begins with `*`",
      });
    }
    return scalar(isScalar(value) ? scalarValue(value.value, at) : null, at);
  }

  function entriesOf(map: YAMLMap, depth: number): readonly PolicyEntry[] {
    const first = new Map<string, SourceSpan>();
    return map.items.flatMap((pair): readonly PolicyEntry[] => {
      const keyAt = spanOf(pair.key, map.range?.[0] ?? 0);
      const value = convert(pair.value, { depth: depth + 1, fallback: keyAt.end });
      const key = keyOf(pair, keyAt);
      if (key === undefined) return [];
      const earlier = first.get(key);
      if (earlier === undefined) {
        first.set(key, keyAt);
        return [{ key, keyAt, value }];
      }
      report({
        code: "duplicate-key",
        message: `the key ${quoted(key)} stands twice in one map`,
        at: keyAt,
        help: "merge the two, or rename one",
        related: [{ message: "first here", at: earlier }],
      });
      return [];
    });
  }

  function keyOf(pair: Pair, at: SourceSpan): string | undefined {
    reportProperties(pair.key, at);
    const key: unknown = isScalar(pair.key) ? pair.key.value : undefined;
    if (typeof key !== "string" || key === "") {
      report({
        code: "yaml-key",
        message: "a key must be text",
        at,
        help: "quote a key that is a number, `true`, `false` or `null`",
      });
      return undefined;
    }
    if (key === "<<") {
      report({
        code: "yaml-merge-key",
        message: "a merge key takes text from elsewhere in the file",
        at,
        help: "write the entries out",
      });
      return undefined;
    }
    if (reservedNames.has(key)) {
      report({
        code: "reserved-name",
        message: `the name \`${key}\` is reserved`,
        at,
        help: "choose another name",
      });
      return undefined;
    }
    return key;
  }

  function scalarValue(value: unknown, at: SourceSpan): PolicyScalar["value"] {
    if (typeof value === "number") {
      const isExact = Number.isInteger(value)
        ? Number.isSafeInteger(value)
        : Number.isFinite(value);
      if (isExact) return value;
    } else if (value === null || typeof value === "string" || typeof value === "boolean") {
      return value;
    }
    report({
      code: "yaml-number",
      message: "the number is not finite, or too large to be exact",
      at,
      help: "quote it if it is text",
    });
    return null;
  }

  function reportProperties(value: unknown, at: SourceSpan): void {
    if (typeof value !== "object" || value === null) return;
    if ("tag" in value && value.tag !== undefined) {
      report({
        code: "yaml-tag",
        message: "a tag changes what the value is",
        at: { ...at, start: propertyStart(at.start, "!") },
        help: "quote a text that begins with `!`; tags are not part of the policy language",
      });
    }
    if ("anchor" in value && value.anchor !== undefined) {
      report({
        code: "yaml-anchor",
        message: "an anchor lets the value appear elsewhere in the file",
        at: { ...at, start: propertyStart(at.start, "&") },
        help: "leave it out, or quote a text that begins with `&`",
      });
    }
  }

  /** Properties stand before the value that they belong to. */
  function propertyStart(valueStart: number, indicator: string): number {
    const found = source.text.lastIndexOf(indicator, valueStart);
    return found === -1 ? valueStart : found;
  }

  function reportDepth(at: SourceSpan): void {
    report({
      code: "yaml-depth",
      message: "the file nests too deeply",
      at,
      help: `the policy language nests at most ${MAX_DEPTH} levels`,
    });
  }

  function reportCount(at: SourceSpan): void {
    report({
      code: "yaml-too-many-nodes",
      message: `the file holds more than ${MAX_NODES} values`,
      at,
      help: "spread the policy over several files",
    });
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

/** Bounded, since a key may be a megabyte long. */
function quoted(key: string): string {
  const shown = key.length > 80 ? `${key.slice(0, 80)}…` : key;
  return `\`${shown.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, escapeCharacter)}\``;
}

function escapeCharacter(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
