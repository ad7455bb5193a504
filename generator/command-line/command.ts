import type { ExitCode } from "./exit-code.js";
import type { Terminal } from "./terminal.js";

/** A line in the list of commands: enough for `gatewright --help`, without loading the command. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

/** What the parser and the help need to know, and what the command does. */
export interface Command {
  readonly name: string;
  /** Paragraphs for `--help`. */
  readonly description: readonly string[];
  /** Names of the operands, all needed. */
  readonly operands: readonly string[];
  readonly options: readonly Option[];
  /** Command lines without `npx gatewright`, and what each is for. */
  readonly examples: readonly Example[];
  readonly exitCodes: readonly ExitMeaning[];
  readonly run: (args: Arguments, terminal: Terminal) => Promise<ExitCode>;
}

export interface Option {
  /** Without the two dashes. */
  readonly name: string;
  readonly short?: string;
  /** How the value is called in the help; left out of a flag. */
  readonly value?: string;
  /** The only values there are. */
  readonly choices?: readonly string[];
  /** The value where the option is not given; for the help. */
  readonly fallback?: string;
  /** May be given several times. */
  readonly isRepeatable?: true;
  readonly description: string;
}

export interface Example {
  readonly line: string;
  readonly purpose: string;
}

export interface ExitMeaning {
  readonly code: ExitCode;
  readonly meaning: string;
}

/** A command line that fits its command. */
export interface Arguments {
  /** As many as the command has operands. */
  readonly operands: readonly string[];
  /** The values of every option that is given, by name; a flag has none. */
  readonly options: ReadonlyMap<string, readonly string[]>;
}
