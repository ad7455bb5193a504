/** A part of the text, in UTF-16 units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The syntax tree of an expression, every node with its place. */
export type Syntax = Span & SyntaxNode;

export type SyntaxNode =
  | { readonly kind: "literal"; readonly value: LiteralValue }
  /** `absolute` is a name with a leading dot, which no variable of a macro hides. */
  | { readonly kind: "name"; readonly name: string; readonly absolute: boolean }
  | { readonly kind: "select"; readonly of: Syntax; readonly name: string; readonly nameAt: Span }
  | {
      readonly kind: "call";
      /** The value before the dot, if there is one. */
      readonly of?: Syntax;
      readonly name: string;
      readonly nameAt: Span;
      readonly args: readonly Syntax[];
    }
  | { readonly kind: "operator"; readonly name: string; readonly args: readonly Syntax[] }
  | { readonly kind: "list"; readonly items: readonly Syntax[] }
  | { readonly kind: "map"; readonly entries: readonly (readonly [Syntax, Syntax])[] }
  /** What could not be read; its mistake is reported already. */
  | { readonly kind: "broken" };

export type LiteralValue =
  | { readonly type: "int" | "uint"; readonly value: bigint }
  | { readonly type: "double"; readonly value: number }
  | { readonly type: "string"; readonly value: string; readonly offsets: readonly number[] }
  | { readonly type: "bytes"; readonly value: Uint8Array }
  | { readonly type: "bool"; readonly value: boolean }
  | { readonly type: "null"; readonly value: null };
