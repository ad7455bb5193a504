/** Code, how tightly it binds, and how it is laid out where a line is too short for it. */
export interface Printed {
  readonly code: string;
  readonly level: number;
  /** The code in several lines; the first continues a line, the others begin with this indentation. */
  readonly broken?: (indent: string) => string;
}

/** As wide as the rest of the repository, and as its formatter would break it. */
const WIDTH = 100;

/** The code in one line where it fits behind what stands before it, else broken. */
export function layOut(printed: Printed, indent: string, around = 0): string {
  const fits = indent.length + around + printed.code.length <= WIDTH;
  return fits ? printed.code : (printed.broken?.(indent) ?? printed.code);
}

/** Code of at least this level, in parentheses where it binds less. */
export function wrapped(printed: Printed, least: number): Printed {
  if (printed.level >= least) return printed;
  const { broken } = printed;
  const inside = { code: `(${printed.code})`, level: 20 };
  return broken === undefined ? inside : { ...inside, broken: (indent) => `(${broken(indent)})` };
}

/** A call, one argument to a line where it does not fit. */
export function callOf(name: string, args: readonly Printed[], level: number): Printed {
  return {
    code: `${name}(${args.map(({ code }) => code).join(", ")})`,
    level,
    broken(indent) {
      const inner = `${indent}  `;
      const lines = args.map((arg) => `${inner}${layOut(arg, inner, 1)},`);
      return [`${name}(`, ...lines, `${indent})`].join("\n");
    },
  };
}

/** An arrow function whose body goes to the next line where it must. */
export function arrowOf(parameters: string, body: Printed): Printed {
  const head = `(${parameters}) =>`;
  return {
    code: `${head} ${body.code}`,
    level: 1,
    broken: (indent) => `${head}\n${indent}  ${layOut(body, `${indent}  `, 1)}`,
  };
}

/** Operands of one operator, one to a line where they do not fit. */
export function chainOf(operands: readonly Printed[], sign: string, level: number): Printed {
  return {
    code: operands.map(({ code }) => code).join(` ${sign} `),
    level,
    broken: (indent) =>
      operands.map((operand) => layOut(operand, indent, 3)).join(` ${sign}\n${indent}`),
  };
}

export function choiceOf(
  test: Printed,
  [yes, no]: readonly [Printed, Printed],
  level: number,
): Printed {
  return {
    code: `${test.code} ? ${yes.code} : ${no.code}`,
    level,
    broken(indent) {
      const inner = `${indent}  `;
      const [first, second] = [yes, no].map((part) => layOut(part, inner, 2));
      return `${layOut(test, indent)}\n${inner}? ${first}\n${inner}: ${second}`;
    },
  };
}

/** A list of names in braces, one to a line where they do not fit. */
export function braces(names: readonly string[], before: string, after: string): string {
  const line = `${before}{ ${names.join(", ")} }${after}`;
  return line.length <= WIDTH ? line : `${before}{\n  ${names.join(",\n  ")},\n}${after}`;
}
