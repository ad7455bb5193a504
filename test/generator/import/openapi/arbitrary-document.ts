import fc from "fast-check";

/** An OpenAPI document whose operations collide, overlap and disagree far more often than real ones. */
export interface SmallDocument {
  readonly openapi: string;
  readonly info: { readonly title: string };
  readonly servers?: readonly { readonly url: string }[];
  readonly security?: Security;
  readonly paths: Readonly<Record<string, Readonly<Record<string, SmallOperation>>>>;
}

type Security = readonly Readonly<Record<string, readonly string[]>>[];

interface SmallOperation {
  readonly tags?: readonly string[];
  readonly operationId?: string;
  readonly summary?: string;
  readonly security?: Security;
  readonly parameters?: readonly Readonly<Record<string, unknown>>[];
}

const security = fc.constantFrom<Security>(
  [],
  [{}],
  [{ key: [] }],
  [{ oauth: ["p"] }],
  [{ oauth: ["p", "q"] }],
  [{ oauth: ["p"] }, { oauth: ["q"] }],
  [{ oauth: ["p", "q"] }, { oauth: ["r"] }],
  [{ oauth: ["p"] }, { key: [] }],
  [{ oauth: ["p"] }, {}],
  [{ key: [], oauth: ["q"] }],
);

const operation: fc.Arbitrary<SmallOperation> = fc.record(
  {
    tags: fc.constantFrom(["s"], ["t"], ["S"]),
    operationId: fc.constantFrom("list", "get", "s-list", "constructor", "2"),
    summary: fc.constantFrom("Words", "Other: # words"),
    security,
    parameters: fc.constantFrom([{ name: "x", in: "path", example: "a/b" }]),
  },
  { requiredKeys: [] },
);

const piece = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("a", "b") },
  { weight: 3, arbitrary: fc.constantFrom("{x}", "{y}") },
  {
    weight: 1,
    arbitrary: fc.constantFrom("{x}.json", "a{x}", "{x}...{y}", "{+z}", "a:b", "A", ""),
  },
);

const path = fc
  .array(piece, { minLength: 1, maxLength: 3 })
  .map((pieces) => `/${pieces.join("/")}`);

const item = fc.dictionary(fc.constantFrom("get", "head", "put", "delete", "trace"), operation, {
  minKeys: 1,
  noNullPrototype: true,
});

export const arbitraryDocument: fc.Arbitrary<SmallDocument> = fc
  .record(
    {
      servers: fc.constantFrom([{ url: "https://api.example/v1" }]),
      security,
      paths: fc.dictionary(path, item, { minKeys: 1, maxKeys: 8, noNullPrototype: true }),
    },
    { requiredKeys: ["paths"] },
  )
  .map((document) => ({ openapi: "3.1.0", info: { title: "API" }, ...document }));
