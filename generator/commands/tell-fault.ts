import { exitCode } from "../command-line/exit-code.js";
import type { ExitCode } from "../command-line/exit-code.js";
import type { Terminal } from "../command-line/terminal.js";
import { visible } from "../diagnostics/visible.js";

/** What the runtime refuses on purpose is a fault of its files; anything else is one of ours. */
export function tellFault(error: unknown, terminal: Terminal): ExitCode {
  const { name, message } = Object(error);
  if (name !== "GateError") throw error;
  terminal.complain(`gatewright: ${visible(String(message))}`);
  return exitCode.fault;
}
