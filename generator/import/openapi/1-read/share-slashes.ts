import { printPattern } from "../../../3-model/parse-pattern.js";
import type { PatternSegment } from "../../../3-model/parse-pattern.js";
import type { DocumentOperation } from "./document-operation.js";

/**
 * What one operation says of a parameter goes for all operations of its path, so that GET and HEAD, and
 * paths that no request tells apart, stay one pattern. A last parameter that may hold slashes is followed by
 * `**`: one that is empty would be another path, so `**` alone takes too much.
 */
export function shareSlashes(
  operations: readonly DocumentOperation[],
): readonly DocumentOperation[] {
  const shared = new Map<string, Map<number, string>>();
  for (const { segments = [], slashes } of operations) {
    if (slashes.size === 0) continue;
    const key = shapeOf(segments);
    const reasons = shared.get(key) ?? new Map<number, string>();
    shared.set(key, reasons);
    segments.forEach((segment, position) => {
      const why = segment.kind === "param" ? slashes.get(segment.name) : undefined;
      if (why !== undefined && !reasons.has(position)) reasons.set(position, why);
    });
  }
  return operations.map((operation) => {
    const { segments } = operation;
    const reasons = segments === undefined ? undefined : shared.get(shapeOf(segments));
    if (segments === undefined || reasons === undefined) return operation;
    const slashes = new Map<string, string>();
    segments.forEach((segment, position) => {
      const why = reasons.get(position);
      if (segment.kind === "param" && why !== undefined) slashes.set(segment.name, why);
    });
    const last = segments.at(-1);
    const isRest = last?.kind === "param" && slashes.has(last.name);
    const rest: readonly PatternSegment[] = isRest ? [...segments, { kind: "rest" }] : segments;
    return { ...operation, segments: rest, slashes };
  });
}

/** Equal for paths that differ in the names of parameters, or in capitals. */
function shapeOf(segments: readonly PatternSegment[]): string {
  const nameless = segments.map((segment) =>
    segment.kind === "param" ? { ...segment, name: "" } : segment,
  );
  return printPattern(nameless).toLowerCase();
}
