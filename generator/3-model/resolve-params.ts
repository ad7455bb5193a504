import type { PolicyEntry, PolicyNode } from "../1-load/policy-document.js";
import type { MaskModel } from "./audit-events-model.js";
import type { Report } from "./mistake.js";
import type { PatternSegment } from "./parse-pattern.js";
import type { ParamType, ShownParam } from "./segment-model.js";
import { quoteText } from "./quote-text.js";
import { booleanOf, entriesOf, textOf, valueAt } from "./read-node.js";
import { createSuggestName, helpToChoose } from "./suggest-name.js";

export interface ParamDeclaration {
  readonly type: ParamType;
  readonly encodedSlash: boolean;
  readonly shown: ShownParam | undefined;
}

export interface ParamScope {
  /** The full path up to here. */
  readonly segments: readonly PatternSegment[];
  readonly inherited: ReadonlyMap<string, ParamDeclaration>;
  readonly classOf: (node: PolicyNode) => MaskModel | undefined;
}

const paramTypes: readonly ParamType[] = ["string", "int", "uuid"];

/** The parameters declared at a path or above it; the nearest declaration counts. */
export function resolveParams(
  body: PolicyNode,
  scope: ParamScope,
  report: Report,
): ReadonlyMap<string, ParamDeclaration> {
  const declared = entriesOf(valueAt(body, "params"));
  if (declared.length === 0) return scope.inherited;
  const names = new Set([...namesIn(scope.segments), ...namesBelow(body)]);
  const suggestParam = createSuggestName([...names]);
  const params = new Map(scope.inherited);
  for (const entry of declared) {
    if (!names.has(entry.key)) {
      report({
        code: "unknown-param",
        message: `no path here has a parameter ${quoteText(entry.key)}`,
        at: entry.keyAt,
        help: suggestParam(entry.key) ?? `write \`:${entry.key}\` in the path, or take it out`,
      });
    }
    const param = resolveParam(entry, scope.classOf, report);
    if (param !== undefined) params.set(entry.key, param);
  }
  return params;
}

function resolveParam(
  entry: PolicyEntry,
  classOf: ParamScope["classOf"],
  report: Report,
): ParamDeclaration | undefined {
  const typeNode = valueAt(entry.value, "type");
  const slashNode = valueAt(entry.value, "encodedSlash");
  const type = paramTypes.find((known) => known === (textOf(typeNode) ?? "string"));
  if (type === undefined || (typeNode !== undefined && textOf(typeNode) === undefined)) {
    report({
      code: "unknown-type",
      message: `the type of parameter ${quoteText(entry.key)} is unknown`,
      at: typeNode?.at ?? entry.keyAt,
      help: helpToChoose(textOf(typeNode), paramTypes),
    });
    return undefined;
  }
  const encodedSlash = booleanOf(slashNode) ?? false;
  if (encodedSlash && type !== "string") {
    report({
      code: "encoded-slash-in-typed-param",
      message: `parameter ${quoteText(entry.key)} is of type ${type}, which holds no slash`,
      at: slashNode?.at ?? entry.keyAt,
      help: "leave `encodedSlash` out, or make it a string",
    });
  }
  const node = valueAt(entry.value, "class");
  const shown = node === undefined ? undefined : { at: node.at, mask: classOf(node) };
  return { type, encodedSlash, shown };
}

function namesIn(segments: readonly PatternSegment[]): readonly string[] {
  return segments.flatMap((segment) => (segment.kind === "param" ? segment.name : []));
}

function namesBelow(body: PolicyNode): readonly string[] {
  return entriesOf(body).flatMap((entry) => {
    if (!entry.key.startsWith("/")) return [];
    const own = entry.key.split("/").filter((piece) => piece.startsWith(":"));
    return [...own.map((piece) => piece.slice(1)), ...namesBelow(entry.value)];
  });
}
