import type { Command, CommandEntry, Option } from "./command.js";

const WIDTH = 80;

/** `gatewright --help` */
export function printOverview(commands: readonly CommandEntry[]): string {
  return [
    "gatewright compiles an access policy in YAML to typed guards, and answers questions about it.",
    "",
    "usage: npx gatewright COMMAND [options]",
    "",
    "commands:",
    ...table(commands.map(({ name, summary }) => [name, summary])),
    "",
    "options:",
    ...table([
      ["-h, --help", "show this, or behind a command its own help"],
      ["-v, --version", "show the version"],
    ]),
    "",
    "examples:",
    "  npx gatewright build",
    "  npx gatewright explain GET /orders --role clerk",
    "  npx gatewright lint --help",
  ].join("\n");
}

/** `gatewright COMMAND --help` */
export function printHelp(command: Command): string {
  const { description, operands, options, examples, exitCodes } = command;
  const usage = ["npx gatewright", command.name, ...operands, "[options]"].join(" ");
  return [
    ...description.flatMap((paragraph) => [...wrap(paragraph, WIDTH), ""]),
    `usage: ${usage}`,
    "",
    "options:",
    ...table(options.map((option) => [headOf(option), describe(option)])),
    "",
    "examples:",
    ...examples.flatMap(({ line, purpose }) => [
      ...wrap(purpose, WIDTH - 4).map((text) => `  # ${text}`),
      `  npx gatewright ${line}`,
    ]),
    "",
    "exit codes:",
    ...table(exitCodes.map(({ code, meaning }) => [String(code), meaning])),
  ].join("\n");
}

function headOf({ name, short, value }: Option): string {
  const start = short === undefined ? `--${name}` : `-${short}, --${name}`;
  return value === undefined ? start : `${start} ${value}`;
}

function describe({ description, choices, fallback, isRepeatable }: Option): string {
  const facts = [
    ...(choices === undefined ? [] : [choices.join(", ")]),
    ...(fallback === undefined ? [] : [`default ${fallback}`]),
    ...(isRepeatable === undefined ? [] : ["may be repeated"]),
  ];
  return facts.length === 0 ? description : `${description} (${facts.join("; ")})`;
}

function table(rows: readonly (readonly [string, string])[]): readonly string[] {
  const column = Math.max(...rows.map(([head]) => head.length)) + 4;
  return rows.flatMap(([head, text]) =>
    wrap(text, WIDTH - column).map((line, index) =>
      index === 0 ? `  ${head.padEnd(column - 2)}${line}` : `${" ".repeat(column)}${line}`,
    ),
  );
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
