import type { Arguments, Command, Option } from "../command-line/command.js";
import { exitCode } from "../command-line/exit-code.js";
import type { ExitCode } from "../command-line/exit-code.js";
import {
  formatOf,
  formatOption,
  helpOption,
  jsonOption,
  policiesOption,
  valueOf,
} from "../command-line/options.js";
import { printReport } from "../command-line/print-report.js";
import type { Terminal } from "../command-line/terminal.js";
import { UsageError } from "../command-line/usage-error.js";

const maxWarningsOption: Option = {
  name: "max-warnings",
  value: "N",
  description: "fail where there are more warnings; without it warnings never fail",
};

export const lint: Command = {
  name: "lint",
  description: [
    "Reports every error and every warning in the policy, sorted by file and place, in one run. Needs no " +
      "output folder and writes nothing.",
  ],
  operands: [],
  options: [policiesOption, formatOption, jsonOption, maxWarningsOption, helpOption],
  examples: [
    { line: "lint", purpose: "for people" },
    { line: "lint --max-warnings 0", purpose: "fail on warnings too" },
    { line: "lint --format sarif > gatewright.sarif", purpose: "for a code scanning service" },
  ],
  exitCodes: [
    { code: exitCode.fine, meaning: "no error, and no more warnings than allowed" },
    { code: exitCode.fault, meaning: "an error, or too many warnings" },
    { code: exitCode.usage, meaning: "the command line is wrong" },
  ],
  run,
};

async function run(args: Arguments, terminal: Terminal): Promise<ExitCode> {
  const format = formatOf(args);
  const maxWarnings = readMaxWarnings(args);
  const { analyseFolder } = await import("../analyse-folder.js");
  const { sources, diagnostics } = await analyseFolder(valueOf(args, policiesOption));
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const warnings = diagnostics.length - errors;
  const isOver = maxWarnings !== undefined && warnings > maxWarnings;
  const code = errors > 0 || isOver ? exitCode.fault : exitCode.fine;
  const counted = `${sources.length} ${sources.length === 1 ? "file" : "files"}`;
  const limit = isOver ? `more warnings than \`--max-warnings ${maxWarnings}\` allows` : "";
  printReport(
    {
      command: "lint",
      exitCode: code,
      diagnostics,
      sources,
      data: { files: sources.length, errors, warnings, maxWarnings: maxWarnings ?? null },
      text: diagnostics.length === 0 ? `no mistakes in ${counted}` : limit,
    },
    format,
    terminal,
  );
  return code;
}

function readMaxWarnings(args: Arguments): number | undefined {
  const text = args.options.get(maxWarningsOption.name)?.[0];
  if (text === undefined) return undefined;
  if (/^[0-9]{1,9}$/.test(text)) return Number(text);
  throw new UsageError([
    { message: "`--max-warnings` is not a whole number", help: "write `--max-warnings 0`" },
  ]);
}
