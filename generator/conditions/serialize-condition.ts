import type { ConditionNode, SerializedCondition } from "@gatewright/runtime/abi/conditions";
import type { CheckedCondition } from "./check-condition.js";
import type { Checked } from "./checked.js";

/** The format that `runtime/conditions/tree.ts` reads. */
const FORMAT = 1;

/** The condition for a snapshot: plain JSON, without places. */
export function serializeCondition(condition: CheckedCondition): SerializedCondition {
  const { root, reads, declarations } = condition;
  const inputs = Object.fromEntries(
    reads.map((name) => [name, declarations.variables[name] ?? "dyn"]),
  );
  return { format: FORMAT, inputs, node: serializeNode(root) };
}

function serializeNode(node: Checked): ConditionNode {
  switch (node.op) {
    case "literal":
      return serializeLiteral(node);
    case "input":
      return { op: "input", name: node.name };
    case "local":
      return { op: "local", slot: node.slot };
    case "field":
    case "has":
      return { op: node.op, of: serializeNode(node.of), name: node.name };
    case "not":
    case "spend":
      return { op: node.op, of: serializeNode(node.of) };
    case "choose":
      return {
        op: "choose",
        test: serializeNode(node.test),
        yes: serializeNode(node.yes),
        no: serializeNode(node.no),
      };
    case "list":
      return { op: "list", item: node.item, items: node.items.map(serializeNode) };
    case "map": {
      const entries = node.entries.map(
        ([key, value]) => [serializeNode(key), serializeNode(value)] as const,
      );
      return { op: "map", key: node.key, value: node.value, entries };
    }
    case "call":
    case "dynamic":
      return { op: node.op, name: node.name, args: node.args.map(serializeNode) };
    case "convert":
      return { op: "convert", to: node.type, of: serializeNode(node.of) };
    case "matches":
      return { op: "matches", of: serializeNode(node.of), pattern: node.pattern };
    case "each":
      return {
        op: "each",
        macro: node.macro,
        over: serializeNode(node.over),
        slot: node.slot,
        body: serializeNode(node.body),
      };
    case "fail":
      return { op: "fail", code: node.code };
    default:
      return { op: node.op, left: serializeNode(node.left), right: serializeNode(node.right) };
  }
}

function serializeLiteral({ value }: Extract<Checked, { op: "literal" }>): ConditionNode {
  switch (value.type) {
    case "int":
    case "uint": {
      const number = Number(value.value);
      const written = Number.isSafeInteger(number) ? number : String(value.value);
      return { op: "literal", type: value.type, value: written };
    }
    case "double": {
      const isOdd = !Number.isFinite(value.value) || Object.is(value.value, -0);
      const text = Object.is(value.value, -0) ? "-0" : String(value.value);
      return { op: "literal", type: "double", value: isOdd ? text : value.value };
    }
    case "bytes":
      return { op: "literal", type: "bytes", value: Buffer.from(value.value).toString("base64") };
    default:
      return { op: "literal", type: value.type, value: value.value };
  }
}
