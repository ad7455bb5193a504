import type { Arguments, Command } from "../command-line/command.js";
import { exitCode } from "../command-line/exit-code.js";
import type { ExitCode } from "../command-line/exit-code.js";
import { helpOption, jsonOption, policiesOption, valueOf } from "../command-line/options.js";
import { printReport } from "../command-line/print-report.js";
import type { Terminal } from "../command-line/terminal.js";

export const register: Command = {
  name: "register",
  description: [
    "Prints, as Markdown, what the audit log of the policy does with personal data: for each category its " +
      "purpose, events and fields with their masks, recipients and retention, and the measures that protect " +
      "them. It is the technical part of a record of processing (GDPR, article 30), straight from the policy folder.",
  ],
  operands: [],
  options: [policiesOption, jsonOption, helpOption],
  examples: [
    { line: "register > docs/audit-processing.md", purpose: "beside the policy, for review" },
    { line: "register --json", purpose: "for a script" },
  ],
  exitCodes: [
    { code: exitCode.fine, meaning: "the record is printed" },
    { code: exitCode.fault, meaning: "the policy has an error" },
    { code: exitCode.usage, meaning: "the command line is wrong" },
    { code: exitCode.refused, meaning: "the policy has no audit log" },
  ],
  run,
};

async function run(args: Arguments, terminal: Terminal): Promise<ExitCode> {
  const format = args.options.has(jsonOption.name) ? "json" : "text";
  const { analyseFolder } = await import("../analyse-folder.js");
  const { model, snapshot, ...policy } = await analyseFolder(valueOf(args, policiesOption));
  const report = { ...policy, command: "register" };
  if (model === undefined || snapshot === undefined) {
    const data = { processing: null };
    printReport({ ...report, exitCode: exitCode.fault, data, text: "" }, format, terminal);
    return exitCode.fault;
  }
  const { recordProcessing } = await import("../command-line/record-of-processing.js");
  const { printProcessing } = await import("../command-line/print-processing.js");
  const processing = recordProcessing(snapshot, model);
  const code = processing === undefined ? exitCode.refused : exitCode.fine;
  printReport(
    {
      ...report,
      exitCode: code,
      // A doubt about the policy is for `lint` to tell; scripts get it all the same.
      ...(format === "text" ? { diagnostics: [] } : {}),
      data: { processing: processing ?? null },
      text:
        processing === undefined
          ? "the policy has no audit log: write `log: {}` under `audit` to have one"
          : printProcessing(processing),
    },
    format,
    terminal,
  );
  return code;
}
