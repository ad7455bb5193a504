import { quoteText } from "../../3-model/quote-text.js";
import type { ShapeModel } from "../../3-model/responses-model.js";
import type { Rule } from "../rule.js";

/** Why: a schema that no route names masks nothing, and the route that should name it shows everything. */
export const unusedResponse: Rule = {
  name: "unused-response",
  severity: "warning",
  *check({ responses, routes }) {
    const schemas = responses?.schemas ?? [];
    const used = new Set(routes.map(({ response }) => response));
    // Each stands behind those that it names.
    for (const { name, at, shape } of schemas.toReversed()) {
      if (used.has(name)) for (const named of namedIn(shape)) used.add(named);
      else {
        yield {
          at,
          message: `no route uses the response schema ${quoteText(name)}`,
          help: `write \`response: ${name}\` at a method of a path, or leave the schema out`,
        };
      }
    }
  },
};

function namedIn(shape: ShapeModel): readonly string[] {
  if (shape.kind === "schema") return [shape.schema];
  return shape.kind === "object" ? shape.fields.flatMap((field) => namedIn(field.shape)) : [];
}
