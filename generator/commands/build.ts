import type { Arguments, Command } from "../command-line/command.js";
import { exitCode } from "../command-line/exit-code.js";
import type { ExitCode } from "../command-line/exit-code.js";
import {
  formatOf,
  formatOption,
  helpOption,
  jsonOption,
  noCacheOption,
  outOption,
  policiesOption,
  valueOf,
} from "../command-line/options.js";
import { printReport } from "../command-line/print-report.js";
import type { Terminal } from "../command-line/terminal.js";

export const build: Command = {
  name: "build",
  description: [
    "Compiles the policy and writes the output folder. Writes only what changed, and removes generated " +
      "files that are left over. Files that gatewright did not generate are neither overwritten nor " +
      "removed. Where the policy has an error, nothing is written.",
    "Leaves a stamp in .gatewright/, so that a build or a check without a change need not compile, and " +
      "the files that it parsed, so that the next build parses only those that changed.",
  ],
  operands: [],
  options: [policiesOption, outOption, noCacheOption, formatOption, jsonOption, helpOption],
  examples: [
    { line: "build", purpose: "policies/ to generated/" },
    { line: "build --policies access --out src/generated", purpose: "with folders of your own" },
  ],
  exitCodes: [
    { code: exitCode.fine, meaning: "the output folder fits the policy" },
    {
      code: exitCode.fault,
      meaning: "the policy has an error, or the output folder cannot be written",
    },
    { code: exitCode.usage, meaning: "the command line is wrong" },
  ],
  run,
};

async function run(args: Arguments, terminal: Terminal): Promise<ExitCode> {
  const format = formatOf(args);
  const folders = { policies: valueOf(args, policiesOption), out: valueOf(args, outOption) };
  const cache = args.options.has(noCacheOption.name) ? "unused" : "used";
  const { buildFolders } = await import("../command-line/build-folders.js");
  const report = await buildFolders(folders, cache);
  printReport({ command: "build", ...report }, format, terminal);
  return report.exitCode;
}
