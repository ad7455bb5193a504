import { tests } from "@bufbuild/cel-spec/testdata/conformance.js";
import { boxedOf, typeOf } from "./proto-json.js";
import type { Json } from "./proto-json.js";
import type { Boxed, ConditionType } from "../../runtime/abi-conditions.js";

/** One case of the CEL specification. */
export interface CelCase {
  readonly name: string;
  readonly text: string;
  readonly isLoose: boolean;
  readonly container: string;
  readonly types: { readonly [name: string]: ConditionType };
  readonly values: { readonly [name: string]: Boxed };
  readonly expected: {
    readonly value?: Boxed;
    readonly fails?: true;
    readonly type?: ConditionType;
  };
}

/** The files of the specification's core; the others test extensions, messages, enums and wrappers of protobuf. */
const sections = [
  "basic",
  "comparisons",
  "conversions",
  "fields",
  "fp_math",
  "integer_math",
  "lists",
  "logic",
  "macros",
  "namespace",
  "parse",
  "plumbing",
  "string",
  "timestamps",
  "type_deductions",
];

/** Cases that make or read messages of protobuf, which are out of scope; also functions and types of a host. */
const foreign =
  /"container":"cel\.expr|TestAllTypes|cel\.?\s*expr|google\.protobuf\.(?!Timestamp|Duration)|"messageType":"cel|optional|"abstractType"|"function"/;

interface Suite {
  readonly name: string;
  readonly suites?: readonly Suite[];
  readonly tests?: readonly { readonly original: Json }[];
}

export function readCoreCases(): readonly CelCase[] {
  const root: Suite = tests;
  return sections.flatMap((section) => {
    const suite = root.suites?.find(({ name }) => name === section);
    if (suite === undefined) throw new Error(`the data of the specification has no ${section}`);
    return casesOf(suite, section);
  });
}

function casesOf(suite: Suite, path: string): readonly CelCase[] {
  const own = (suite.tests ?? []).filter(({ original }) => !isForeign(original));
  return [
    ...own.map(({ original }) => readCase(original, path)),
    ...(suite.suites ?? []).flatMap((inner) => casesOf(inner, `${path}/${inner.name}`)),
  ];
}

function isForeign(original: Json): boolean {
  const { name: _, description: __, ...rest } = original;
  return foreign.test(JSON.stringify(rest));
}

function readCase(original: Json, path: string): CelCase {
  const declared = ((original["typeEnv"] ?? []) as readonly Json[]).map(({ name, ident }) => {
    return [name as string, typeOf((ident as Json)["type"] as Json)] as const;
  });
  const values = Object.entries((original["bindings"] ?? {}) as Json).map(([name, binding]) => {
    return [name, boxedOf((binding as Json)["value"] as Json)] as const;
  });
  const free = values.map(([name]) => [name, "dyn"] as const);
  return {
    name: `${path}/${String(original["name"])}`,
    text: original["expr"] as string,
    isLoose: original["disableCheck"] === true,
    container: (original["container"] ?? "") as string,
    types: Object.fromEntries([...free, ...declared]),
    values: Object.fromEntries(values),
    expected: readExpected(original),
  };
}

function readExpected(original: Json): CelCase["expected"] {
  if (original["evalError"] !== undefined) return { fails: true };
  const typed = original["typedResult"] as Json | undefined;
  if (typed === undefined) {
    // A case without a result expects true.
    const value = original["value"] as Json | undefined;
    return { value: value === undefined ? true : boxedOf(value) };
  }
  const type = typeOf(typed["deducedType"] as Json);
  const result = typed["result"] as Json | undefined;
  return original["checkOnly"] === true || result === undefined
    ? { type }
    : { type, value: boxedOf(result) };
}
