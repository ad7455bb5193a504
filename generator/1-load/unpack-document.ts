import type { SourceSpan, SourceText } from "../diagnostics/diagnostic.js";
import { MAX_DEPTH, reservedNames } from "./policy-document.js";
import type { PolicyDocument, PolicyEntry, PolicyNode } from "./policy-document.js";

/**
 * The document that `packDocument` packed, for the text that it was parsed from; undefined where the value
 * is none that parsing any text could give. Whether it is what parsing this text gives is not checked.
 */
export function unpackDocument(packed: unknown, source: SourceText): PolicyDocument | undefined {
  const root = unpack(packed, 0);
  return root?.kind === "map" ? { source, root } : undefined;

  function unpack(value: unknown, depth: number): PolicyNode | undefined {
    if (!Array.isArray(value) || depth > MAX_DEPTH) return undefined;
    const parts: readonly unknown[] = value;
    const [start, end, third, children] = parts;
    const at = spanOf(start, end);
    if (at === undefined) return undefined;
    if (parts.length === 3) {
      return isScalar(third) ? { kind: "scalar", at, value: third } : undefined;
    }
    if (parts.length !== 4 || !Array.isArray(children)) return undefined;
    if (third === "map") return unpackMap(at, children, depth + 1);
    if (third !== "list") return undefined;
    const items = unpackAll(children, (item) => unpack(item, depth + 1));
    return items === undefined ? undefined : { kind: "list", at, items };
  }

  function unpackMap(
    at: SourceSpan,
    children: readonly unknown[],
    depth: number,
  ): PolicyNode | undefined {
    const keys = new Set<string>();
    const entries = unpackAll(children, (child): PolicyEntry | undefined => {
      if (!Array.isArray(child) || child.length !== 4) return undefined;
      const [key, start, end, packedValue]: readonly unknown[] = child;
      const keyAt = spanOf(start, end);
      const node = unpack(packedValue, depth);
      if (keyAt === undefined || node === undefined || !isKey(key) || keys.has(key)) {
        return undefined;
      }
      keys.add(key);
      return { key, keyAt, value: node };
    });
    return entries === undefined ? undefined : { kind: "map", at, entries };
  }

  function spanOf(start: unknown, end: unknown): SourceSpan | undefined {
    return isOffset(start) && isOffset(end) && start <= end
      ? { file: source.path, start, end }
      : undefined;
  }

  function isOffset(value: unknown): value is number {
    return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= source.text.length;
  }
}

function unpackAll<Item>(
  values: readonly unknown[],
  unpack: (value: unknown) => Item | undefined,
): readonly Item[] | undefined {
  const items: Item[] = [];
  for (const value of values) {
    const item = unpack(value);
    if (item === undefined) return undefined;
    items.push(item);
  }
  return items;
}

function isScalar(value: unknown): value is string | number | boolean | null {
  return (
    value === null ||
    typeof value === "string" ||
    typeof value === "boolean" ||
    Number.isFinite(value)
  );
}

function isKey(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value !== "<<" && !reservedNames.has(value);
}
