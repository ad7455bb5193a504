import { constant, refuseTree } from "./built.js";
import type { Built } from "./built.js";
import { fromBase64 } from "./bytes.js";
import { intOfText, uintOfText } from "./numbers.js";
import { readType } from "./read-tree.js";
import type { Plain } from "./read-tree.js";

/** A value written in the condition. */
export function buildLiteral(node: Plain): Built {
  const type = readType(node["type"]);
  const value = node["value"];
  switch (type) {
    case "bool":
      if (typeof value === "boolean") return constant(type, value);
      break;
    case "string":
    case "type":
      if (typeof value === "string") return constant(type, value);
      break;
    case "null":
      if (value === null) return constant(type, value);
      break;
    case "double":
      if (typeof value === "number" && Number.isFinite(value)) return constant(type, value);
      if (typeof value === "string" && ["NaN", "Infinity", "-Infinity", "-0"].includes(value)) {
        return constant(type, Number(value));
      }
      break;
    case "int":
    case "uint":
      if (Number.isSafeInteger(value) && (type === "int" || Number(value) >= 0)) {
        return constant(type, value);
      }
      if (typeof value === "string") return buildLarge(type, value);
      break;
    case "bytes":
      if (typeof value === "string") return constant(type, fromBase64(value));
      break;
    default:
  }
  return refuseTree("a literal is of another type");
}

function buildLarge(type: "int" | "uint", text: string): Built {
  try {
    return constant(type, type === "int" ? intOfText(text) : uintOfText(text));
  } catch {
    return refuseTree("a literal is of another type");
  }
}
