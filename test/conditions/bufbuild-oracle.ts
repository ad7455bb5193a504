import {
  celEnv,
  celUint,
  isCelError,
  isCelList,
  isCelMap,
  isCelType,
  isCelUint,
  parse,
  plan,
  run,
} from "@bufbuild/cel";
import type { CelInput } from "@bufbuild/cel";
import type { Inputs } from "./arbitrary-expression.js";

/** What `@bufbuild/cel` answers, in the form of `showValue`; an error is just that. */
export function askBufbuild(text: string, inputs: Inputs): string {
  const { i, j, u, li, m, ...same } = inputs;
  const bindings: { readonly [name: string]: CelInput } = {
    ...same,
    i: BigInt(i),
    j: BigInt(j),
    u: celUint(BigInt(u)),
    li: li.map(BigInt),
    m: new Map(Object.entries(m).map(([key, value]) => [key, BigInt(value)])),
  };
  const result: unknown = run(text, bindings);
  return isCelError(result) ? "error" : show(result);
}

function show(value: unknown): string {
  if (typeof value === "number") return `double ${value + 0}`;
  if (typeof value === "bigint") return `int ${value}`;
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "boolean" || value === null) return String(value);
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString("hex")}`;
  if (isCelUint(value)) return `uint ${value.value}`;
  if (isCelList(value)) return `[${[...value].map(show).join(", ")}]`;
  if (isCelMap(value)) {
    const entries = [...value].map(([key, item]) => `${show(key)}: ${show(item)}`);
    return `{${entries.toSorted().join(", ")}}`;
  }
  if (isCelType(value)) return `type ${value.name}`;
  return showTime(value);
}

/** A message of protobuf with seconds and nanoseconds. */
function showTime(value: unknown): string {
  if (typeof value !== "object" || value === null || !("message" in value)) return "unknown";
  const { message } = value;
  if (typeof message !== "object" || message === null) return "unknown";
  const seconds: unknown = Reflect.get(message, "seconds");
  const nanos: unknown = Reflect.get(message, "nanos");
  const type = String(Reflect.get(message, "$typeName")).replace(/^.*\./, "").toLowerCase();
  return typeof seconds === "bigint" && typeof nanos === "number"
    ? `${type} ${seconds * 1_000_000_000n + BigInt(nanos)}`
    : "unknown";
}

/** A program that is parsed and planned once. */
export function planBufbuild(
  text: string,
): (inputs: { readonly [name: string]: CelInput }) => unknown {
  const program = plan(celEnv(), parse(text));
  return (inputs) => program(inputs);
}
