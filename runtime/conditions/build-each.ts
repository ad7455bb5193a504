import { refuseTree } from "./built.js";
import type { Built, BuildNode, Scope } from "./built.js";
import { allAbsorbing, existsAbsorbing, existsOne } from "./macros.js";
import { readText } from "./read-tree.js";
import type { Plain } from "./read-tree.js";

type Test = (item: unknown) => boolean;

const tests: { readonly [macro: string]: (items: readonly unknown[], test: Test) => boolean } = {
  all: (items, test) => items.every(test),
  exists: (items, test) => items.some(test),
  "all-absorbing": allAbsorbing,
  "exists-absorbing": existsAbsorbing,
  "exists-one": existsOne,
};

/** A macro over a list. Its variable lies in a slot, which no macro around it uses. */
export function buildEach(node: Plain, scope: Scope, buildNode: BuildNode): Built {
  const macro = readText(node["macro"]);
  const { type, run: over } = buildNode(node["over"], scope);
  const slot = node["slot"];
  if (typeof type === "string" || !("list" in type)) return refuseTree("a macro walks no list");
  if (typeof slot !== "number" || !Number.isInteger(slot) || slot < 0 || slot > 100) {
    return refuseTree("a variable has no place");
  }
  if (scope.locals.has(slot)) return refuseTree("a variable has no place of its own");
  const locals = new Map([...scope.locals, [slot, type.list] as const]);
  const body = buildNode(node["body"], { ...scope, locals });
  const { run } = body;
  if (macro === "map") {
    return {
      type: { list: body.type },
      run: (inputs, frame) =>
        (over(inputs, frame) as readonly unknown[]).map((item) => {
          frame.slots[slot] = item;
          return run(inputs, frame);
        }),
    };
  }
  if (body.type !== "bool") return refuseTree("a part is of another type");
  if (macro === "filter") {
    return {
      type,
      run: (inputs, frame) =>
        (over(inputs, frame) as readonly unknown[]).filter((item) => {
          frame.slots[slot] = item;
          return run(inputs, frame) === true;
        }),
    };
  }
  const decide = Object.hasOwn(tests, macro) ? tests[macro] : undefined;
  if (decide === undefined) return refuseTree("a macro is unknown");
  return {
    type: "bool",
    run: (inputs, frame) =>
      decide(over(inputs, frame) as readonly unknown[], (item) => {
        frame.slots[slot] = item;
        return run(inputs, frame) === true;
      }),
  };
}
