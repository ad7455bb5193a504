import { isMap, valueIn } from "./plain-value.js";

export type Resolved =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: string };

/** A chain of references longer than this is a circle, or of no use to anybody. */
const MAX_STEPS = 16;

/** Follows `$ref` inside the document; a value without one is its own answer. Never fetches anything. */
export function resolveReference(document: unknown, value: unknown): Resolved {
  let current = value;
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const reference = valueIn(current, "$ref");
    if (reference === undefined) return { ok: true, value: current };
    if (typeof reference !== "string") return failed("a reference that is not text");
    if (!reference.startsWith("#")) return failed("a reference to another document");
    const target = follow(document, reference.slice(1));
    if (target === undefined) return failed("a reference that leads nowhere");
    current = target;
  }
  return failed("references in a circle");
}

function failed(reason: string): Resolved {
  return { ok: false, reason };
}

/** RFC 6901 in its URI fragment form. */
function follow(document: unknown, fragment: string): unknown {
  if (fragment !== "" && !fragment.startsWith("/")) return undefined;
  let current: unknown = document;
  for (const step of fragment.split("/").slice(1)) {
    const name = decodeStep(step);
    if (name === undefined) return undefined;
    current = Array.isArray(current) ? current[Number(name)] : valueIn(current, name);
    if (!isMap(current) && !Array.isArray(current)) return undefined;
  }
  return current;
}

function decodeStep(step: string): string | undefined {
  try {
    return decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
  } catch {
    return undefined;
  }
}

export function pointerTo(...steps: readonly string[]): string {
  return steps.map((step) => `/${step.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
