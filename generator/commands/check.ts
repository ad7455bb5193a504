import type { Arguments, Command, Option } from "../command-line/command.js";
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
import type { OutputFile } from "../output.js";

const fullOption: Option = {
  name: "full",
  description: "compile and compare in full, whatever the last build left in .gatewright/",
};

export const check: Command = {
  name: "check",
  description: [
    "Finds out, without writing, whether the output folder is what the policy compiles to. Reports every " +
      "file that is changed, missing or left over. Line ends do not count, since version control may " +
      "change them.",
    "Where neither the policy nor the output has changed since the last build, the stamp that it left in " +
      ".gatewright/ answers at once; whatever differs is compiled and compared.",
  ],
  operands: [],
  options: [policiesOption, outOption, fullOption, formatOption, jsonOption, helpOption],
  examples: [
    { line: "check", purpose: "before a commit" },
    {
      line: "check --full",
      purpose: "compile in full, trusting nothing that an earlier build left",
    },
    { line: "check --format github", purpose: "in a workflow, as annotations" },
  ],
  exitCodes: [
    { code: exitCode.fine, meaning: "the output folder fits the policy" },
    { code: exitCode.fault, meaning: "it does not, or the policy has an error" },
    { code: exitCode.usage, meaning: "the command line is wrong" },
  ],
  run,
};

async function run(args: Arguments, terminal: Terminal): Promise<ExitCode> {
  const format = formatOf(args);
  const folders = { policies: valueOf(args, policiesOption), out: valueOf(args, outOption) };
  const { compareFolders } = await import("../compare-folders.js");
  const { driftOf } = await import("../output.js");
  const { sources, diagnostics, files } = await compareFolders(
    folders,
    args.options.has(fullOption.name) ? "policy" : "cache",
  );
  const cure = `run \`${buildLine(args)}\``;
  const drifted = (files ?? []).filter(({ state }) => state !== "unchanged");
  const hasError = diagnostics.some(({ severity }) => severity === "error");
  const isFine = !hasError && drifted.length === 0;
  const code = isFine ? exitCode.fine : exitCode.fault;
  printReport(
    {
      command: "check",
      exitCode: code,
      diagnostics,
      sources,
      summed: drifted.flatMap((file) => driftOf(file, cure) ?? []),
      data: {
        drift: files === undefined ? null : drifted.map(({ file, state }) => ({ file, state })),
      },
      text: isFine ? `${files?.length ?? 0} files are up to date` : summarise(drifted, cure),
    },
    format,
    terminal,
  );
  return code;
}

function summarise(drifted: readonly OutputFile[], cure: string): string {
  if (drifted.length === 0) return "";
  const lines = drifted.map(
    ({ file, state }) => `  ${state.replace("-", " ").padEnd(10)} ${visible(file)}`,
  );
  return ["the generated files do not fit the policy:", ...lines, cure].join("\n");
}

/** The command that cures the drift, for the same folders. */
function buildLine(args: Arguments): string {
  const given = [policiesOption, outOption].filter(({ name }) => args.options.has(name));
  const options = given.map((option) => ` --${option.name} ${quoted(args, option)}`);
  return `npx gatewright build${options.join("")}`;
}

/** As a shell takes it. */
function quoted(args: Arguments, option: Option): string {
  const value = visible(valueOf(args, option));
  return /^[A-Za-z0-9_./@:-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}
