/** What a command ends with; `docs/cli.md` says the same. */
export const exitCode = {
  fine: 0,
  /** The policy, the generated files or the output folder are at fault. */
  fault: 1,
  /** The command line is at fault; nothing was done. */
  usage: 2,
  /** The question was answered, and the answer is no. */
  refused: 3,
  /** `audit verify`: the end that a kill or a power cut left; the next start of the service repairs it. */
  torn: 10,
  /** `audit verify`: bytes are not what was written. */
  corrupt: 11,
  /** `audit verify`: something is gone, or the record went on from an older state. */
  truncated: 12,
  /** `audit verify`: all is well-formed, and not what was signed or chained. */
  forged: 13,
  /** `audit verify`: signed by none of the keys that were given. */
  unknownKey: 14,
  /** A bug of gatewright, or a system that fails; EX_SOFTWARE of BSD's sysexits. */
  internal: 70,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];
