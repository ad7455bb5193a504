import { parseArgs } from "node:util";

export interface BenchArguments {
  /** Undefined where help is asked for. */
  readonly name: string | undefined;
  readonly isQuick: boolean;
  readonly isJson: boolean;
  readonly seed: number;
}

/** Said to whoever gave other arguments. */
export class ArgumentError extends Error {
  override readonly name = "ArgumentError";
}

const DEFAULT_SEED = 1;

/**
 * Reads `NAME [--quick] [--json] [--seed N]`.
 *
 * @throws ArgumentError
 */
export function readArguments(args: readonly string[], names: readonly string[]): BenchArguments {
  const { values, positionals } = parse(args);
  const [name, ...rest] = positionals;
  if (values.help === true) return { name: undefined, isQuick: false, isJson: false, seed: 0 };
  if (name === undefined || rest.length > 0 || !names.includes(name)) {
    throw new ArgumentError(`name one benchmark of: ${names.join(", ")}`);
  }
  const seed = Number(values.seed ?? DEFAULT_SEED);
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new ArgumentError("--seed takes a whole number from 0");
  }
  return { name, isQuick: values.quick === true, isJson: values.json === true, seed };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        quick: { type: "boolean" },
        json: { type: "boolean" },
        seed: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new ArgumentError(error instanceof Error ? error.message : String(error));
  }
}
