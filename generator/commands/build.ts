import type { Arguments, Command } from "../command-line/command.js";
import { exitCode } from "../command-line/exit-code.js";
import type { ExitCode } from "../command-line/exit-code.js";
import {
  formatOf,
  formatOption,
  helpOption,
  jsonOption,
  outOption,
  policiesOption,
  valueOf,
} from "../command-line/options.js";
import { printReport } from "../command-line/print-report.js";
import type { Terminal } from "../command-line/terminal.js";
import { visible } from "../diagnostics/visible.js";
import type { OutputFile, OutputState } from "../output.js";

export const build: Command = {
  name: "build",
  description: [
    "Compiles the policy and writes the output folder. Writes only what changed, and removes generated " +
      "files that are left over. Files that gatewright did not generate are neither overwritten nor " +
      "removed. Where the policy has an error, nothing is written.",
  ],
  operands: [],
  options: [policiesOption, outOption, formatOption, jsonOption, helpOption],
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
  const { compareFolders } = await import("../compare-folders.js");
  const { sources, diagnostics, files } = await compareFolders(folders);
  const isReady = files !== undefined && diagnostics.every(({ severity }) => severity !== "error");
  const { writeOutput } = await import("../output.js");
  const failures = isReady ? await writeOutput(folders.out, files) : [];
  const isDone = isReady && failures.length === 0;
  const code = isDone ? exitCode.fine : exitCode.fault;
  const listed = (...states: readonly OutputState[]) =>
    (isDone ? files : []).filter(({ state }) => states.includes(state)).map(({ file }) => file);
  printReport(
    {
      command: "build",
      exitCode: code,
      diagnostics: [...diagnostics, ...failures],
      sources,
      data: {
        written: listed("changed", "missing"),
        removed: listed("left-over"),
        unchanged: listed("unchanged"),
      },
      text: isDone ? summarise(files) : failures.length > 0 ? partly : "nothing was written",
    },
    format,
    terminal,
  );
  return code;
}

const partly = "not everything was written";

function summarise(files: readonly OutputFile[]): string {
  const lines = files.flatMap(({ file, state }) =>
    state === "unchanged"
      ? []
      : [`${state === "left-over" ? "removed" : "wrote"} ${visible(file)}`],
  );
  const unchanged = files.length - lines.length;
  if (lines.length === 0) return `${unchanged} files are up to date`;
  return [...lines, ...(unchanged === 0 ? [] : [`${unchanged} more are up to date`])].join("\n");
}
