import { Composer } from "yaml";
import type { CST, Document } from "yaml";
import type { Diagnostic, SourceText } from "../diagnostics/diagnostic.js";
import { checkCharacters } from "./check-characters.js";
import { checkSize } from "./check-size.js";
import { convertNode } from "./convert-node.js";
import { findSyntaxMistakes } from "./find-syntax-mistakes.js";
import type { PolicyDocument } from "./policy-document.js";
import { MAX_BLANK_TOKENS, MAX_MARKS, MAX_TOKENS, readTokens } from "./read-tokens.js";
import type { Excess, Mark, ReadTokens } from "./read-tokens.js";

export interface ParsedPolicy {
  /** Undefined where the text cannot be read; else what could be, beside the mistakes found in it. */
  readonly document: PolicyDocument | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Parses one policy file: YAML 1.2 core, of which only plain maps, lists and scalars pass. What YAML
 * offers beyond (tags, anchors, aliases, directives, merge keys, several documents) changes the
 * meaning of a text that reads like another, so each is an error. Never throws.
 */
export function parsePolicy(source: SourceText): ParsedPolicy {
  const tooBig = checkSize(source);
  if (tooBig !== undefined) return failed([tooBig]);
  const characters = checkCharacters(source);
  if (characters.length > 0) return failed(characters);
  const read = readTokens(source.text);
  if (read.excess !== undefined) {
    return failed(
      findMistakesBefore(source, read, read.excess) ?? [excessMistake(source, read.excess)],
    );
  }
  const marks = read.marks.slice(0, MAX_MARKS).map((mark) => markMistake(source, mark));
  // A directive changes how the rest is read, and nobody writes so many marks as policy.
  if (read.marks.length > MAX_MARKS || marks.some(({ code }) => code === "yaml-directive")) {
    return failed(marks);
  }
  const documents = compose(read.tokens);
  const [first, second] = documents;
  if (second !== undefined) return failed([secondDocument(source, second.range[0])]);
  const syntax = findSyntaxMistakes(source, documents, read);
  if (syntax !== undefined) return failed([...marks, ...syntax]);

  const { node, diagnostics } = convertNode(first?.contents ?? null, source, read.marks);
  const merges = diagnostics.filter(({ code }) => code === "yaml-merge-key");
  const isMerged = ({ at }: Diagnostic) =>
    merges.some((merge) => at.start > merge.at.start && at.end <= merge.at.end);
  const found = [...marks.filter((mark) => !isMerged(mark)), ...diagnostics];
  if (node.kind === "map") return { document: { source, root: node }, diagnostics: found };
  const isEmpty = node.kind === "scalar" && node.value === null;
  return failed(found.length > 0 ? found : [noMap(source, isEmpty)]);
}

/** Each error of the library is an `Error`: without a stack it takes a tenth of the time and memory. */
function compose(tokens: readonly CST.Token[]): readonly Document.Parsed[] {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    const composer = new Composer({
      version: "1.2",
      schema: "core",
      merge: false,
      strict: true,
      uniqueKeys: false,
      logLevel: "silent",
    });
    return [...composer.compose(tokens)];
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** Lines that are broken alike nest in each other as the library goes on: then the breaks are the cause. */
function findMistakesBefore(
  source: SourceText,
  read: ReadTokens,
  { kind, start }: Excess,
): readonly Diagnostic[] | undefined {
  if (kind !== "depth") return undefined;
  const syntax = findSyntaxMistakes(source, compose(read.tokens), { ...read, unclosed: [] });
  const before = syntax?.filter(({ at }) => at.start < start) ?? [];
  return before.length === 0 ? undefined : before;
}

function excessMistake(source: SourceText, { kind, start }: Excess): Diagnostic {
  return mistake(source, { ...excesses[kind], start, end: start + 1 });
}

const excesses: Readonly<Record<Excess["kind"], Pick<Mistake, "code" | "message" | "help">>> = {
  depth: {
    code: "yaml-depth",
    message: "the file nests too deeply",
    help: "the policy language nests at most 32 levels",
  },
  tokens: {
    code: "yaml-too-many-nodes",
    message: `the file holds more than ${MAX_TOKENS} words and signs`,
    help: "spread the policy over several files",
  },
  blank: {
    code: "yaml-size",
    message: `more than ${MAX_BLANK_TOKENS} blank lines and comments stand in one place`,
    help: "take some of them out",
  },
};

function markMistake(source: SourceText, { kind, start, end }: Mark): Diagnostic {
  return mistake(source, { ...markWordings[kind], start, end });
}

const markWordings: Readonly<Record<Mark["kind"], Pick<Mistake, "code" | "message" | "help">>> = {
  tag: {
    code: "yaml-tag",
    message: "a tag changes what the value is",
    help: "quote a text that begins with `!`; tags are not part of the policy language",
  },
  anchor: {
    code: "yaml-anchor",
    message: "an anchor lets the value appear elsewhere in the file",
    help: "leave it out, or quote a text that begins with `&`",
  },
  alias: {
    code: "yaml-alias",
    message: "an alias stands for text from elsewhere in the file",
    help: "write the value out, or quote a text that begins with `*`",
  },
  directive: {
    code: "yaml-directive",
    message: "a YAML directive changes how the file reads",
    help: "leave the line out: policies are YAML 1.2",
  },
};

function secondDocument(source: SourceText, start: number): Diagnostic {
  const isMarked = source.text.startsWith("---", start);
  return mistake(source, {
    code: "yaml-multiple-documents",
    message: "the file holds more than one YAML document",
    help: "leave out the `---` or `...` line, or write a second file",
    start,
    end: start + (isMarked ? 3 : 1),
  });
}

function noMap(source: SourceText, isEmpty: boolean): Diagnostic {
  return mistake(source, {
    code: isEmpty ? "empty-file" : "root-not-map",
    message: isEmpty ? "the policy file is empty" : "a policy file is a map of sections",
    help: "begin with `gatewright: 1`",
    start: 0,
    end: 1,
  });
}

interface Mistake {
  readonly code: string;
  readonly message: string;
  readonly help: string;
  readonly start: number;
  readonly end: number;
}

function mistake(source: SourceText, { code, message, help, start, end }: Mistake): Diagnostic {
  const { length } = source.text;
  const at = { file: source.path, start: Math.min(start, length), end: Math.min(end, length) };
  return { code, severity: "error", message, at, help };
}

function failed(diagnostics: readonly Diagnostic[]): ParsedPolicy {
  return { document: undefined, diagnostics };
}
