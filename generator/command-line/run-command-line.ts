import { visible } from "../diagnostics/visible.js";
import { version } from "../version.js";
import type { Command, CommandEntry } from "./command.js";
import { exitCode } from "./exit-code.js";
import type { ExitCode } from "./exit-code.js";
import { parseArguments } from "./parse-arguments.js";
import { printHelp, printOverview } from "./print-help.js";
import { suggest } from "./suggest.js";
import type { Terminal } from "./terminal.js";
import { UsageError } from "./usage-error.js";

/** Runs one command line. Never throws: what goes wrong is said on the terminal and in the exit code. */
export async function runCommandLine(
  args: readonly string[],
  commands: readonly CommandEntry[],
  terminal: Terminal,
): Promise<ExitCode> {
  const [first, ...others] = args;
  const name = first === "help" && others[0] !== undefined ? others[0] : first;
  const rest = first === "help" ? ["--help"] : others;
  try {
    if (name === undefined) {
      terminal.complain(printOverview(commands));
      return exitCode.usage;
    }
    if (name === "--help" || name === "-h" || name === "help") {
      terminal.print(printOverview(commands));
      return exitCode.fine;
    }
    if (name === "--version" || name === "-v") {
      terminal.print(version);
      return exitCode.fine;
    }
    const command = await loadCommand(name, commands);
    if (isHelpWanted(rest)) {
      terminal.print(printHelp(command));
      return exitCode.fine;
    }
    return await command.run(await parseArguments(command, rest), terminal);
  } catch (error) {
    return complain(error, name, { commands, terminal });
  }
}

async function loadCommand(name: string, commands: readonly CommandEntry[]): Promise<Command> {
  const entry = commands.find((command) => command.name === name);
  if (entry !== undefined) return entry.load();
  if (name.startsWith("-")) {
    const help = "the command comes first, then its options";
    throw new UsageError([{ message: `unknown option \`${visible(name)}\``, help }]);
  }
  const names = commands.map((command) => command.name);
  const help = (await suggest(name, names)) ?? `the commands are ${names.join(", ")}`;
  throw new UsageError([{ message: `unknown command \`${visible(name)}\``, help }]);
}

/** Who asks for help gets it, whatever else stands there. */
function isHelpWanted(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return (end === -1 ? args : args.slice(0, end)).some((arg) => arg === "--help" || arg === "-h");
}

function complain(
  error: unknown,
  name: string | undefined,
  { commands, terminal }: { commands: readonly CommandEntry[]; terminal: Terminal },
): ExitCode {
  if (!(error instanceof UsageError)) {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const lines = reason.split("\n").map(visible).join("\n");
    terminal.complain(`gatewright: internal error, please report it\n${lines}`);
    return exitCode.internal;
  }
  const isCommand = commands.some((command) => command.name === name);
  const help = isCommand ? `npx gatewright ${name} --help` : "npx gatewright --help";
  terminal.complain(
    [
      ...error.mistakes.map((mistake) => `gatewright: ${mistake.message}${helpOf(mistake.help)}`),
      `run \`${help}\` for more`,
    ].join("\n"),
  );
  return exitCode.usage;
}

function helpOf(help: string | undefined): string {
  return help === undefined ? "" : `\n  ${help}`;
}
