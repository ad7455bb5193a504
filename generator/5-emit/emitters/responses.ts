import type { ResponseModel, ShapeModel } from "../../3-model/responses-model.js";
import { comment } from "../comment.js";
import type { EmitContext, Emitter } from "../emit-context.js";
import { identifier } from "../identifier.js";
import { literal } from "../literal.js";
import { fieldTypes } from "./audit.js";

/** Only of a policy some of whose routes mask their responses. */
export const responsesEmitter: Emitter = {
  path: "responses.ts",
  isNeeded: ({ snapshot }) => snapshot.responses !== undefined,
  emit: (context) => {
    const schemas = context.model.responses?.schemas ?? [];
    const both = schemas.flatMap((schema) => typesIn(schema, "raw", context));
    const seen = schemas.flatMap((schema) => typesIn(schema, "seen", context));
    const hasRaw = both.some((line) => line.includes(" | Raw<"));
    const hasSeen = seen.some((line) => line.includes(": Seen<"));
    const names = [
      "Gate",
      ...(hasRaw ? ["Raw"] : []),
      "ResponseViewer",
      ...(hasSeen ? ["Seen"] : []),
    ];
    return [
      [
        'import { createPolicyResponses } from "@gatewright/runtime/abi/responses";',
        `import type { ${names.join(", ")} } from "@gatewright/runtime/abi/responses";`,
        'import { snapshot } from "./snapshot.js";',
        'import type { Policy, Role } from "./types.js";',
        "",
        "/** Documents by schema as a handler has them. */",
        "export interface RawResponses {",
        ...both,
        "}",
        "",
        "/** Documents by schema as callers with the roles `R` see them; `never` for callers without. */",
        "export interface Responses<R extends Role = never> {",
        ...seen,
        "}",
        "",
        "/** Masks documents outside of HTTP. */",
        "export interface ResponseMasks {",
        ...schemas.flatMap(maskType),
        "}",
        "",
        "/**",
        " * Masks documents as responses are, for an e-mail or an export, by the policy that is in force then.",
        " *",
        " * @throws GateError where the gate is not that of this policy",
        " */",
        "export function createResponseMasks(gate: Gate<Policy>): ResponseMasks {",
        "  return createPolicyResponses<Policy, ResponseMasks>(snapshot, gate);",
        "}",
      ].join("\n"),
    ];
  },
};

type Side = "raw" | "seen";

function typesIn(
  { name, at, description, shape }: ResponseModel,
  side: Side,
  { placeOf }: EmitContext,
): readonly string[] {
  const told = description === undefined ? "" : ` ${comment(description)}`;
  return [
    `  /** ${placeOf(at)}${told} */`,
    `  readonly ${identifier(name)}: ${typeOf(shape, { side, indent: 2 })};`,
  ];
}

interface Place {
  readonly side: Side;
  readonly indent: number;
}

function typeOf(shape: ShapeModel, place: Place): string {
  const type = bareType(shape, place);
  const listed =
    shape.kind !== "value" && shape.list ? `readonly ${listable(shape, type)}[]` : type;
  return shape.optional ? `${listed} | null | undefined` : listed;
}

function listable(shape: ShapeModel, type: string): string {
  return shape.kind === "object" && shape.fields.length === 0 ? `(${type})` : type;
}

function bareType(shape: ShapeModel, { side, indent }: Place): string {
  if (shape.kind === "schema") {
    const holder = side === "raw" ? "RawResponses" : "Responses<R>";
    return `${holder}[${literal(shape.schema)}]`;
  }
  if (shape.kind === "value") {
    const plain = fieldTypes[shape.type];
    if (shape.mask === undefined) return plain;
    if (side === "raw") return `${plain} | Raw<${plain}>`;
    const roles = shape.plainFor.length === 0 ? "never" : shape.plainFor.map(literal).join(" | ");
    return `Seen<${plain}, ${roles}, R>`;
  }
  if (shape.fields.length === 0) return "Readonly<Record<never, never>>";
  const pad = " ".repeat(indent + 2);
  const fields = shape.fields.map(({ name, shape: inner }) => {
    const mark = inner.optional ? "?" : "";
    const type = typeOf(inner, { side, indent: indent + 2 });
    return `${pad}readonly ${identifier(name)}${mark}: ${type};`;
  });
  return ["{", ...fields, `${" ".repeat(indent)}}`].join("\n");
}

function maskType({ name }: ResponseModel): readonly string[] {
  return [
    `  ${identifier(name)}<const R extends Role = never>(`,
    `    document: RawResponses[${literal(name)}],`,
    "    viewer: ResponseViewer<R> | null,",
    `  ): Responses<R>[${literal(name)}];`,
  ];
}
