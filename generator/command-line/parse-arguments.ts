import { parseArgs } from "node:util";
import { visible } from "../diagnostics/visible.js";
import type { Arguments, Command, Option } from "./command.js";
import { suggest } from "./suggest.js";
import { UsageError } from "./usage-error.js";
import type { UsageMistake } from "./usage-error.js";

/** An option as it stands on the command line. */
interface GivenOption {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

/**
 * Reads the arguments behind a command's name.
 *
 * @throws UsageError naming every mistake in them.
 */
export async function parseArguments(
  command: Pick<Command, "operands" | "options">,
  args: readonly string[],
): Promise<Arguments> {
  // The strict mode of Node stops at the first mistake and knows no similar names.
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: Object.fromEntries(command.options.map((option) => [option.name, configOf(option)])),
  });
  const mistakes: UsageMistake[] = [];
  const options = new Map<string, readonly string[]>();
  const operands: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") operands.push(token.value);
    if (token.kind !== "option") continue;
    const option = command.options.find(({ name }) => name === token.name);
    const mistake =
      option === undefined
        ? await unknownOption(token, command.options)
        : await checkOption(token, option, options.has(option.name));
    if (mistake !== undefined) mistakes.push(mistake);
    const values = token.value === undefined ? [] : [token.value];
    options.set(token.name, [...(options.get(token.name) ?? []), ...values]);
  }
  // What stands behind an unknown option may be its value.
  const isSure = [...options.keys()].every((name) => isKnown(name, command.options));
  if (isSure || operands.length < command.operands.length) {
    mistakes.push(...checkOperands(operands, command.operands));
  }
  if (mistakes.length > 0) throw new UsageError(mistakes);
  return { operands, options };
}

function isKnown(name: string, options: readonly Option[]): boolean {
  return options.some((option) => option.name === name);
}

function configOf({ short, value }: Option) {
  const type = value === undefined ? ("boolean" as const) : ("string" as const);
  return { type, multiple: true, ...(short === undefined ? {} : { short }) };
}

async function unknownOption(
  { rawName }: GivenOption,
  options: readonly Option[],
): Promise<UsageMistake> {
  const known = options.map(({ name }) => `--${name}`);
  const isShort = !rawName.startsWith("--");
  const near = isShort ? undefined : await suggest(rawName, known);
  return {
    message: `unknown option \`${visible(rawName)}\``,
    help: near ?? `known here: ${known.join(", ")}`,
  };
}

async function checkOption(
  { rawName, value, inlineValue }: GivenOption,
  option: Option,
  isGiven: boolean,
): Promise<UsageMistake | undefined> {
  if (isGiven && option.value !== undefined && option.isRepeatable !== true) {
    return { message: `\`${rawName}\` is given twice`, help: "keep one of the two" };
  }
  if (option.value === undefined) {
    if (value === undefined) return undefined;
    return { message: `\`${rawName}\` takes no value`, help: `write \`${rawName}\` alone` };
  }
  if (value === undefined || value === "") {
    const help = `write \`${rawName} ${option.value}\``;
    return { message: `\`${rawName}\` has no value`, help };
  }
  if (inlineValue !== true && value.startsWith("-")) {
    const help = `write \`--${option.name}=${visible(value)}\` if that is the value`;
    return { message: `\`${rawName}\` has no value, unless an option was meant as one`, help };
  }
  if (option.choices === undefined || option.choices.includes(value)) return undefined;
  return {
    message: `\`${rawName}\` cannot be \`${visible(value)}\``,
    help: (await suggest(value, option.choices)) ?? `write one of ${option.choices.join(", ")}`,
  };
}

function checkOperands(
  given: readonly string[],
  wanted: readonly string[],
): readonly UsageMistake[] {
  const missing = wanted.slice(given.length);
  const extra = given.slice(wanted.length);
  return [
    ...missing.map((name) => ({ message: `${name} is missing` })),
    ...extra.map((text) => ({
      message: `\`${visible(text)}\` is one argument too many`,
      help: wanted.length === 0 ? "this command takes options only" : "quote what holds spaces",
    })),
  ];
}
