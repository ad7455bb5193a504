import { emitConditions } from "../../conditions/emit-conditions.js";
import type { ConditionModel } from "../../3-model/policy-model.js";
import type { EmitContext, Emitter } from "../emit-context.js";
import { identifier } from "../identifier.js";
import { printFields } from "../print-fields.js";

/** Only of a policy whose decisions rest on more than roles. */
export const conditionsEmitter: Emitter = {
  path: "conditions.ts",
  isNeeded: ({ snapshot }) => snapshot.clauses.length > 0 || snapshot.resources.length > 0,
  emit: (context) => {
    const { model, snapshot, placeOf } = context;
    const inputs = inputTypes(model.conditions);
    const functions = emitConditions(
      model.conditions.map((condition) => ({
        name: functionOf(condition),
        condition: condition.checked,
        note: placeOf(condition.at),
        inputsType: inputs.typeOf(condition),
      })),
      { inputsType: "Inputs", taken: ["compiled", "resources", "snapshot", ...inputs.names] },
    );
    const names = snapshot.resources.map(({ name }) => name);
    const values = ["CompiledConditions", ...(names.length === 0 ? [] : ["ResourceAccessors"])];
    return [
      [
        ...(names.length === 0
          ? []
          : ['import { resourceAccessors } from "@gatewright/runtime/abi/clauses";']),
        `import type { ${values.join(", ")} } from "@gatewright/runtime/abi/clauses";`,
        'import { snapshot } from "./snapshot.js";',
        ...(names.length === 0 ? [] : ['import type { Resources } from "./types.js";']),
        ...(model.conditions.length === 0 ? [] : [functions.trimEnd(), ""]),
        ...inputs.printed,
        "/** The conditions of the snapshot, in its order. */",
        "export const compiled: CompiledConditions = {",
        "  digest: snapshot.digest,",
        `  functions: [${model.conditions.map(functionOf).join(", ")}],`,
        "};",
        ...accessors(context),
      ].join("\n"),
    ];
  },
};

function functionOf({ index }: ConditionModel): string {
  return `condition${index}`;
}

interface InputTypes {
  readonly names: readonly string[];
  readonly printed: readonly string[];
  readonly typeOf: (condition: ConditionModel) => string;
}

/** One type for all conditions that may read the same. */
function inputTypes(conditions: readonly ConditionModel[]): InputTypes {
  const byText = new Map<string, string>();
  const names = new Map<ConditionModel, string>();
  for (const condition of conditions) {
    const { variables } = condition.checked.declarations;
    const fields = Object.fromEntries(
      Object.entries(variables).map(([name, type]) => [name, { type }]),
    );
    const text = printFields(fields, 0);
    const name = byText.get(text) ?? `Inputs${byText.size}`;
    byText.set(text, name);
    names.set(condition, name);
  }
  return {
    names: [...byText.values()],
    printed: [...byText].flatMap(([text, name]) => [`export interface ${name} ${text}`, ""]),
    typeOf: (condition) => names.get(condition) ?? "never",
  };
}

function accessors({ snapshot }: EmitContext): readonly string[] {
  if (snapshot.resources.length === 0) return [];
  const names = snapshot.resources.map(({ name }) => `  ${identifier(name)}: true,`);
  return [
    "",
    "/** What the gate loaded for a request: null where it does not exist, undefined where nothing asked for it. */",
    "export const resources: ResourceAccessors<Resources> = resourceAccessors<Resources>({",
    ...names,
    "});",
  ];
}
