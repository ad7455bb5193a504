import { exitCode } from "./command-line/exit-code.js";
import { runCommandLine } from "./command-line/run-command-line.js";
import { createTerminal } from "./command-line/terminal.js";
import { commands } from "./commands/index.js";

// The entry of `bin/gatewright.js`. It ends by itself, so that output to a slow pipe is written whole.
const { stdout, stderr, env } = process;
const failures: NodeJS.ErrnoException[] = [];
const terminal = createTerminal({
  stdout,
  stderr,
  env,
  onFailure: (error) => {
    if (failures.push(error) > 1) return;
    process.exitCode = exitCode.internal;
    terminal.complain(`gatewright: the output cannot be written (${error.code ?? error.message})`);
  },
});
const code = await runCommandLine(process.argv.slice(2), commands, terminal);
process.exitCode = failures.length > 0 ? exitCode.internal : code;
