import { selectFrom, valueOf } from "./check-name.js";
import type { Checked } from "./checked.js";
import { callNode, convertTo, dynamicNode } from "./nodes.js";
import { mistaken } from "./scope.js";
import type { CheckNode, Scope } from "./scope.js";
import type { Span, Syntax } from "./syntax.js";
import { commonType, isDynamic, isValue, typeText } from "./types.js";

/** `a[b]`: an item of a list, a value of a map, or an attribute by a name that is written out. */
export function checkIndex(
  at: Span,
  [first, second]: readonly [Syntax, Syntax],
  scope: Scope,
  checkNode: CheckNode,
): Checked {
  const { node: of } = checkNode(first, scope);
  const { node: index } = checkNode(second, scope);
  const { type } = of;
  if (typeof type === "object" && "fields" in type) {
    if (index.op === "literal" && index.value.type === "string") {
      return selectFrom(of, index.value.value, { at, nameAt: index }, scope);
    }
    const message = "an attribute must be written out";
    return mistaken(scope, index, { code: "condition-unsupported", message });
  }
  if (typeof type === "object" && "list" in type) {
    if (index.type === "int") {
      return callNode(at, { name: "list.at", args: [of, index], type: type.list, canFail: true });
    }
    if (isDynamic(index.type) && isValue(type))
      return dynamicNode(at, "_[_]", [of, index], type.list);
  }
  if (typeof type === "object" && "map" in type) {
    const [key, value] = type.map;
    const common = commonType(key, index.type);
    if (common === key && common === "string")
      return valueOf(of, convertTo(index, common), at, scope);
    if (common !== undefined && common === key) {
      const args = [of, convertTo(index, common)];
      return callNode(at, { name: "map.at", args, type: value, canFail: true });
    }
    if (common !== undefined && isValue(type)) return dynamicNode(at, "_[_]", [of, index], value);
  }
  if (isDynamic(type) || (scope.isLoose && isValue(type) && isValue(index.type))) {
    return dynamicNode(at, "_[_]", [of, index]);
  }
  const message = `a value of type ${typeText(type)} has no index of type ${typeText(index.type)}`;
  return mistaken(scope, index, { code: "condition-types-differ", message });
}
