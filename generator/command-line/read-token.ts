import { readFileSync } from "node:fs";
import { visible } from "../diagnostics/visible.js";
import type { Arguments, Option } from "./command.js";
import { UsageError } from "./usage-error.js";

export const tokenOption: Option = {
  name: "token",
  value: "FILE",
  description: "of `inspect` and `verify`: the file with the token, in the place of standard input",
};

const STANDARD_INPUT = 0;

/** The token that a command is about. @throws UsageError where it cannot be read */
export function readToken(args: Arguments): string {
  const file = args.options.get(tokenOption.name)?.[0];
  try {
    return readFileSync(file ?? STANDARD_INPUT, "utf8").trim();
  } catch (error) {
    const where = file === undefined ? "standard input" : `\`${visible(file)}\``;
    const message = `the token cannot be read from ${where} (${Object(error).code ?? "unknown"})`;
    throw new UsageError([{ message }]);
  }
}
