import type { Arguments } from "../command-line/command.js";
import { exitCode } from "../command-line/exit-code.js";
import type { ExitCode } from "../command-line/exit-code.js";
import { jsonOption } from "../command-line/options.js";
import { printReport } from "../command-line/print-report.js";
import type { Terminal } from "../command-line/terminal.js";
import { visible } from "../diagnostics/visible.js";

export interface Failing {
  readonly command: string;
  readonly args: Arguments;
  readonly terminal: Terminal;
}

/** What the runtime refuses on purpose is a fault of its files; anything else is one of ours. */
export function tellFault(error: unknown, failing: Failing): ExitCode {
  const { name, message } = Object(error);
  if (name !== "GateError") throw error;
  return tell(String(message), exitCode.fault, failing);
}

/** Says why a command did not do what it was asked for. */
export function tell(message: string, code: ExitCode, { command, args, terminal }: Failing) {
  if (!args.options.has(jsonOption.name)) terminal.complain(`gatewright: ${visible(message)}`);
  else {
    const data = { error: message };
    const report = { command, exitCode: code, diagnostics: [], sources: [], data, text: "" };
    printReport(report, "json", terminal);
  }
  return code;
}
