import { checkCall } from "./check-call.js";
import { checkIndex } from "./check-index.js";
import { checkMacro, isMacro } from "./check-macro.js";
import { checkHas, checkName, checkSelect } from "./check-name.js";
import { checkOperator } from "./check-operator.js";
import type { Checked } from "./checked.js";
import { convertTo, logicNode, place, toBool } from "./nodes.js";
import { both, either, judge, mistaken, withFacts } from "./scope.js";
import type { Judgement, Scope } from "./scope.js";
import type { Syntax } from "./syntax.js";
import { commonType, isDynamic, isValue, itemType, typeText } from "./types.js";

/** Finds the type of a part, and what is known where it holds. */
export function checkNode(syntax: Syntax, scope: Scope): Judgement {
  switch (syntax.kind) {
    case "literal": {
      const { value } = syntax;
      return judge({ op: "literal", value, type: value.type, canFail: false, ...place(syntax) });
    }
    case "name":
      return judge(checkName(syntax, scope));
    case "select":
      return judge(checkSelect(syntax, scope, checkNode));
    case "list":
      return judge(checkList(syntax, scope));
    case "map":
      return judge(checkMap(syntax, scope));
    case "call":
      if (syntax.of === undefined && syntax.name === "has")
        return checkHas(syntax, scope, checkNode);
      return judge(
        isMacro(syntax)
          ? checkMacro(syntax, scope, checkNode)
          : checkCall(syntax, scope, checkNode),
      );
    case "operator":
      return checkLogic(syntax, scope);
    default:
      return judge({
        op: "fail",
        code: "no-such-overload",
        type: "dyn",
        canFail: true,
        ...place(syntax),
      });
  }
}

type Operator = Extract<Syntax, { kind: "operator" }>;

function checkLogic(syntax: Operator, scope: Scope): Judgement {
  const [a, b, c] = syntax.args;
  if (a === undefined) return judge(checkOperator(syntax, [], scope));
  if (syntax.name === "!_") {
    const { node, whenTrue, whenFalse } = checkBool(a, scope);
    const not: Checked = {
      op: "not",
      of: node,
      type: "bool",
      canFail: node.canFail,
      ...place(syntax),
    };
    return { node: not, whenTrue: whenFalse, whenFalse: whenTrue };
  }
  if (syntax.name === "_&&_" && b !== undefined) {
    const left = checkBool(a, scope);
    const right = checkBool(b, withFacts(scope, left.whenTrue));
    return {
      node: logicNode(syntax, "&&", left.node, right.node),
      whenTrue: both(left.whenTrue, right.whenTrue),
      whenFalse: either(left.whenFalse, right.whenFalse),
    };
  }
  if (syntax.name === "_||_" && b !== undefined) {
    const left = checkBool(a, scope);
    const right = checkBool(b, withFacts(scope, left.whenFalse));
    return {
      node: logicNode(syntax, "||", left.node, right.node),
      whenTrue: either(left.whenTrue, right.whenTrue),
      whenFalse: both(left.whenFalse, right.whenFalse),
    };
  }
  if (syntax.name === "_?_:_" && b !== undefined && c !== undefined) {
    const test = checkBool(a, scope);
    const then = checkNode(b, withFacts(scope, test.whenTrue));
    const other = checkNode(c, withFacts(scope, test.whenFalse));
    return judge(choose(syntax, test.node, [then.node, other.node], scope));
  }
  if (syntax.name === "_[_]" && b !== undefined) {
    return judge(checkIndex(syntax, [a, b], scope, checkNode));
  }
  const nodes = syntax.args.map((arg) => checkNode(arg, scope).node);
  return judge(checkOperator(syntax, nodes, scope));
}

function checkBool(syntax: Syntax, scope: Scope): Judgement {
  const judgement = checkNode(syntax, scope);
  const { node } = judgement;
  if (node.type === "bool") return judgement;
  if (!isDynamic(node.type) && !(scope.isLoose && isValue(node.type))) {
    const message = `this is of type ${typeText(node.type)}, and a bool is needed here`;
    const help = helpForBool(node);
    return judge(mistaken(scope, node, { code: "condition-types-differ", message, ...help }));
  }
  return { ...judgement, node: toBool(node) };
}

function helpForBool(node: Checked): { readonly help?: string } {
  if (node.type === "string") return { help: 'compare it, for example with `!= ""`' };
  return node.type === "int" ? { help: "compare it, for example with `!= 0`" } : {};
}

function choose(
  at: Syntax,
  test: Checked,
  [then, other]: readonly [Checked, Checked],
  scope: Scope,
): Checked {
  const common = commonType(then.type, other.type);
  if (common === undefined && !(scope.isLoose && isValue(then.type) && isValue(other.type))) {
    const message = `the two results are of type ${typeText(then.type)} and ${typeText(other.type)}`;
    return mistaken(scope, at, { code: "condition-types-differ", message });
  }
  const type = common ?? "dyn";
  const canFail = test.canFail || then.canFail || other.canFail;
  return {
    op: "choose",
    test,
    yes: convertTo(then, type),
    no: convertTo(other, type),
    type,
    canFail,
    ...place(at),
  };
}

function checkList(syntax: Extract<Syntax, { kind: "list" }>, scope: Scope): Checked {
  const nodes = syntax.items.map((item) => checkValue(item, scope));
  const item = itemType(nodes.map(({ type }) => type));
  const items = nodes.map((node) => convertTo(node, item));
  const canFail = items.some((node) => node.canFail);
  return { op: "list", item, items, type: { list: item }, canFail, ...place(syntax) };
}

const keyTypes = ["string", "int", "uint", "bool", "dyn", "never"];

function checkMap(syntax: Extract<Syntax, { kind: "map" }>, scope: Scope): Checked {
  const nodes = syntax.entries.map(
    ([key, value]) => [checkValue(key, scope), checkValue(value, scope)] as const,
  );
  const keyNodes = nodes.map(([key]) =>
    isKey(key) || !scope.isLoose ? key : convertTo(key, "dyn"),
  );
  const wrong = keyNodes.find((key) => !isKey(key));
  if (wrong !== undefined) {
    const message = `a key is a string, an int, a uint or a bool, and this is of type ${typeText(wrong.type)}`;
    return mistaken(scope, wrong, { code: "condition-types-differ", message });
  }
  const key = itemType(keyNodes.map(({ type }) => type));
  const value = itemType(nodes.map(([, node]) => node.type));
  const entries = nodes.map(
    ([, node], index) => [convertTo(keyNodes[index] ?? node, key), convertTo(node, value)] as const,
  );
  const canFail = mayRepeat(keyNodes) || entries.flat().some((node) => node.canFail);
  return { op: "map", key, value, entries, type: { map: [key, value] }, canFail, ...place(syntax) };
}

function isKey({ type }: Checked): boolean {
  return typeof type === "string" && keyTypes.includes(type);
}

/** Only texts that are written out are known to differ. */
function mayRepeat(keys: readonly Checked[]): boolean {
  if (keys.length < 2) return false;
  const texts = keys.map((key) =>
    key.op === "literal" && key.type === "string" ? key.value.value : "",
  );
  return texts.includes("") || new Set(texts).size < texts.length;
}

function checkValue(syntax: Syntax, scope: Scope): Checked {
  const { node } = checkNode(syntax, scope);
  if (isValue(node.type)) return node;
  const message = "attributes as a whole are no value; name one of them";
  return mistaken(scope, node, { code: "condition-types-differ", message });
}
