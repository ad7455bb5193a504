import { parseAllDocuments } from "yaml";
import type { Document, YAMLError } from "yaml";
import type { Diagnostic, SourceText } from "../diagnostics/diagnostic.js";
import { checkSize } from "./check-size.js";
import { convertNode } from "./convert-node.js";
import type { PolicyDocument } from "./policy-document.js";

export interface ParsedPolicy {
  /** Undefined where the text cannot be read; else what could be, beside the mistakes found in it. */
  readonly document: PolicyDocument | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** A broken file breaks in many places; the first ones show what to mend. */
const MAX_SYNTAX_ERRORS = 20;

/**
 * Parses one policy file: YAML 1.2 core, of which only plain maps, lists and scalars pass. What YAML
 * offers beyond (tags, anchors, aliases, directives, merge keys, several documents) changes the
 * meaning of a text that reads like another, so each is an error. Never throws.
 */
export function parsePolicy(source: SourceText): ParsedPolicy {
  const tooBig = checkSize(source);
  if (tooBig !== undefined) return failed([tooBig]);
  const directive = /^%.*/m.exec(source.text);
  if (directive !== null) return failed([directiveMistake(source, directive)]);
  let documents: readonly Document[];
  try {
    documents = parseDocuments(source.text);
  } catch {
    // The parser recurses: text that passed the size check and still overflows is refused.
    return failed([mistake(source, { code: "yaml-depth", message: "the file nests too deeply" })]);
  }
  const [first, second] = documents;
  if (second !== undefined) {
    const start = second.range?.[0] ?? 0;
    const message = "the file holds more than one YAML document";
    const help = "leave out the `---` line, or write a second file";
    return failed([mistake(source, { code: "yaml-multiple-documents", message, help, start })]);
  }
  const broken = documents.flatMap((document) => [...document.errors, ...document.warnings]);
  if (broken.length > 0) {
    const mistakes = broken.map((error) => syntaxMistake(source, error));
    const distinct = new Map(
      mistakes.map((found) => [`${found.at.start} ${found.message}`, found]),
    );
    return failed([...distinct.values()].slice(0, MAX_SYNTAX_ERRORS));
  }
  const { node, diagnostics } = convertNode(first?.contents ?? null, source);
  if (node?.kind === "map") return { document: { source, root: node }, diagnostics };
  if (diagnostics.length > 0) return failed(diagnostics);
  const isEmpty = node === undefined || (node.kind === "scalar" && node.value === null);
  return failed([
    mistake(source, {
      code: isEmpty ? "empty-file" : "root-not-map",
      message: isEmpty ? "the policy file is empty" : "a policy file is a map of sections",
      help: "begin with `gatewright: 1`",
    }),
  ]);
}

function parseDocuments(text: string): readonly Document[] {
  const parsed = parseAllDocuments(text, {
    version: "1.2",
    schema: "core",
    merge: false,
    strict: true,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "silent",
  });
  return "empty" in parsed ? [] : parsed;
}

function syntaxMistake(source: SourceText, error: YAMLError): Diagnostic {
  const [start, end] = error.pos;
  const isTag = error.code === "TAG_RESOLVE_FAILED";
  const message = error.message.replace(/\.$/, "");
  return mistake(source, {
    code: isTag ? "yaml-tag" : "yaml-syntax",
    message: message.charAt(0).toLowerCase() + message.slice(1),
    help: helpFor[error.code] ?? quoting,
    start,
    end,
  });
}

const quoting =
  "quote a text that holds `: ` or ` #`, or that begins with one of `! & * @ % | > [ { ' \"`";

const helpFor: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: "indent with spaces",
  BAD_INDENT: "align the keys of one map in one column",
  TAG_RESOLVE_FAILED: "quote a text that begins with `!`; tags are not part of the policy language",
  BAD_DQ_ESCAPE: "write a backslash as `\\\\`, or use single quotes",
};

function directiveMistake(source: SourceText, directive: RegExpExecArray): Diagnostic {
  return mistake(source, {
    code: "yaml-directive",
    message: "a YAML directive changes how the file reads",
    help: "leave the line out: policies are YAML 1.2",
    start: directive.index,
    end: directive.index + directive[0].trimEnd().length,
  });
}

interface Mistake {
  readonly code: string;
  readonly message: string;
  readonly help?: string;
  readonly start?: number;
  readonly end?: number;
}

function mistake(source: SourceText, found: Mistake): Diagnostic {
  const { code, message, help, start = 0 } = found;
  const { length } = source.text;
  const from = Math.min(Math.max(start, 0), length);
  const to = Math.min(Math.max(found.end ?? from + 1, from), length);
  const at = { file: source.path, start: from, end: to };
  return { code, severity: "error", message, at, ...(help === undefined ? {} : { help }) };
}

function failed(diagnostics: readonly Diagnostic[]): ParsedPolicy {
  return { document: undefined, diagnostics };
}
