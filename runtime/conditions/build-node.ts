import { buildCall, buildDynamic, buildMatches } from "./build-call.js";
import { buildEach } from "./build-each.js";
import { buildLiteral } from "./build-literal.js";
import { constant, refuseTree } from "./built.js";
import type { Built, Scope } from "./built.js";
import { isValue } from "./collections.js";
import { toConditionError, fail } from "./condition-error.js";
import type { ConditionErrorCode } from "./condition-error.js";
import { readAttribute } from "./compare-attributes.js";
import { createConvert, createMap } from "./convert.js";
import { andAbsorbing, orAbsorbing, spend } from "./macros.js";
import { createRead } from "./read-value.js";
import { isPlainObject, readList, readObject, readText, readType } from "./read-tree.js";
import type { Plain } from "./read-tree.js";
import { holdsDynamic, isSameType } from "./types.js";
import type { ConditionType } from "./types.js";

const MAX_DEPTH = 500;
const MAX_NODES = 20_000;

/** Checks a node and everything below it, and makes it ready to run. */
export function buildNode(value: unknown, outer: Scope): Built {
  const scope = { ...outer, depth: outer.depth + 1 };
  scope.count.nodes += 1;
  if (scope.depth > MAX_DEPTH || scope.count.nodes > MAX_NODES)
    return refuseTree("it is too large");
  const node = readObject(value);
  switch (node["op"]) {
    case "literal":
      return buildLiteral(node);
    case "input":
      return buildInput(node, scope);
    case "local":
      return buildLocal(node, scope);
    case "field":
      return buildField(node, scope);
    case "has":
      return buildHas(node, scope);
    case "not": {
      const { run } = buildTyped(node["of"], "bool", scope);
      return { type: "bool", run: (inputs, frame) => run(inputs, frame) !== true };
    }
    case "and":
    case "or":
    case "and-absorbing":
    case "or-absorbing":
      return buildLogic(node, scope);
    case "choose":
      return buildChoose(node, scope);
    case "list":
      return buildList(node, scope);
    case "map":
      return buildMap(node, scope);
    case "call":
      return fold(buildCall(node, scope, buildNode));
    case "dynamic":
      return buildDynamic(node, scope, buildNode);
    case "convert":
      return buildConvert(node, scope);
    case "matches":
      return buildMatches(node, scope, buildNode);
    case "each":
      return buildEach(node, scope, buildNode);
    case "spend": {
      const { type, run } = buildNode(node["of"], scope);
      return { type, run: (inputs, frame) => spend(frame.steps, run(inputs, frame)) };
    }
    case "fail": {
      const code = readText(node["code"]) as ConditionErrorCode;
      return { type: "dyn", run: () => fail(code === "unknown-name" ? code : "no-such-overload") };
    }
    default:
      return refuseTree("it has an unknown part");
  }
}

export function buildTyped(node: unknown, type: ConditionType, scope: Scope): Built {
  const built = buildNode(node, scope);
  return isSameType(built.type, type) ? built : refuseTree("a part is of another type");
}

function buildInput(node: Plain, scope: Scope): Built {
  const name = readText(node["name"]);
  const type = Object.hasOwn(scope.inputs, name) ? scope.inputs[name] : undefined;
  if (type === undefined) return refuseTree("it reads an unknown input");
  // A variable of any type says its type already; only attributes come as the application has them.
  const read = holdsDynamic(type) ? undefined : createRead(type);
  if (read === undefined) return { type, run: (inputs) => inputs[name] };
  return { type, run: (inputs) => read(inputs[name]) };
}

function buildLocal(node: Plain, scope: Scope): Built {
  const slot = node["slot"];
  const type = typeof slot === "number" ? scope.locals.get(slot) : undefined;
  if (type === undefined || typeof slot !== "number")
    return refuseTree("it reads an unknown variable");
  return { type, run: (_, frame) => frame.slots[slot] };
}

function buildField(node: Plain, scope: Scope): Built {
  const { of, field, name } = findField(node, scope);
  const read = createRead(field.type);
  const { run } = of;
  const { type } = field;
  if (field.optional === true) {
    return {
      type,
      run(inputs, frame) {
        const value = propertyOf(run(inputs, frame), name) ?? fail("missing");
        return read === undefined ? value : read(value);
      },
    };
  }
  if (read !== undefined) {
    return { type, run: (inputs, frame) => read(propertyOf(run(inputs, frame), name)) };
  }
  const input = readObject(node["of"]);
  if (input["op"] !== "input") {
    return { type, run: (inputs, frame) => propertyOf(run(inputs, frame), name) };
  }
  const from = readText(input["name"]);
  const path = { input: from, name };
  return { type, run: readAttribute(path), path };
}

function buildHas(node: Plain, scope: Scope): Built {
  const { of, name } = findField(node, scope);
  const { run } = of;
  return {
    type: "bool",
    run(inputs, frame) {
      const value = propertyOf(run(inputs, frame), name);
      return value !== undefined && value !== null;
    },
  };
}

function findField(node: Plain, scope: Scope) {
  const of = buildNode(node["of"], scope);
  const name = readText(node["name"]);
  const { type } = of;
  if (typeof type === "string" || !("fields" in type) || !Object.hasOwn(type.fields, name)) {
    return refuseTree("it reads an unknown attribute");
  }
  const field = type.fields[name];
  return field === undefined ? refuseTree("it reads an unknown attribute") : { of, field, name };
}

function propertyOf(value: unknown, name: string): unknown {
  return isPlainObject(value) ? value[name] : fail("wrong-input");
}

function buildLogic(node: Plain, scope: Scope): Built {
  const { run: left } = buildTyped(node["left"], "bool", scope);
  const { run: right } = buildTyped(node["right"], "bool", scope);
  switch (node["op"]) {
    case "and":
      return { type: "bool", run: (inputs, frame) => left(inputs, frame) && right(inputs, frame) };
    case "or":
      return { type: "bool", run: (inputs, frame) => left(inputs, frame) || right(inputs, frame) };
    default: {
      const decide = node["op"] === "and-absorbing" ? andAbsorbing : orAbsorbing;
      return {
        type: "bool",
        run: (inputs, frame) =>
          decide(
            () => left(inputs, frame) === true,
            () => right(inputs, frame) === true,
          ),
      };
    }
  }
}

function buildChoose(node: Plain, scope: Scope): Built {
  const { run: test } = buildTyped(node["test"], "bool", scope);
  const then = buildNode(node["yes"], scope);
  const { run: other } = buildTyped(node["no"], then.type, scope);
  const { run: first } = then;
  return {
    type: then.type,
    run: (inputs, frame) =>
      test(inputs, frame) === true ? first(inputs, frame) : other(inputs, frame),
  };
}

function buildList(node: Plain, scope: Scope): Built {
  const item = readType(node["item"]);
  const items = readList(node["items"]).map((part) => buildTyped(part, item, scope));
  const type = { list: item };
  if (items.every(({ constant }) => constant !== undefined)) {
    const values = items.map(({ constant }) => constant?.value);
    return constant(type, values);
  }
  return { type, run: (inputs, frame) => items.map(({ run }) => run(inputs, frame)) };
}

function buildMap(node: Plain, scope: Scope): Built {
  const [key, value] = [readType(node["key"]), readType(node["value"])];
  const type = readType({ map: [key, value] });
  const box = createConvert(key, "dyn");
  const write = createMap(key);
  const entries = readList(node["entries"]).map((entry) => {
    const [of, to] = readList(entry);
    return [buildTyped(of, key, scope).run, buildTyped(to, value, scope).run] as const;
  });
  return {
    type,
    run: (inputs, frame) =>
      write(entries.map(([of, to]) => [box(of(inputs, frame)), to(inputs, frame)])),
  };
}

function buildConvert(node: Plain, scope: Scope): Built {
  const { type: from, run, constant: value } = buildNode(node["of"], scope);
  const type = readType(node["to"]);
  if (!isValue(from) || !isValue(type)) return refuseTree("attributes are no value");
  const convert = createConvert(from, type);
  const built: Built = { type, run: (inputs, frame) => convert(run(inputs, frame)) };
  return value === undefined ? built : fold({ ...built, constant: value });
}

/** Computes once what depends on nothing; where that fails, it fails at every evaluation. */
function fold(built: Built): Built {
  if (built.constant === undefined) return built;
  try {
    return constant(built.type, built.run({}, { slots: [], steps: { left: 0 } }));
  } catch (error) {
    const { code } = toConditionError(error);
    return { type: built.type, run: () => fail(code) };
  }
}
