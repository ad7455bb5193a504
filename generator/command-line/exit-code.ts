/** What a command ends with; `docs/cli.md` says the same. */
export const exitCode = {
  fine: 0,
  /** The policy, the generated files or the output folder are at fault. */
  fault: 1,
  /** The command line is at fault; nothing was done. */
  usage: 2,
  /** The question was answered, and the answer is no. */
  refused: 3,
  /** A bug of gatewright, or a system that fails; EX_SOFTWARE of BSD's sysexits. */
  internal: 70,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];
