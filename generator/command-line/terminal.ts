import { styleText } from "node:util";

/** Where a command writes. Lines end in a line feed; an empty text writes nothing. */
export interface Terminal {
  /** Results, for people and for scripts: standard output. */
  readonly print: (text: string) => void;
  /** What is wrong with the command line: standard error. */
  readonly complain: (text: string) => void;
  /**
   * Waits until standard output takes more, for a command that prints without end; false where its
   * reader has left.
   */
  readonly settled: () => Promise<boolean>;
  /** Whether standard output is a terminal, which obeys what is printed. */
  readonly isInteractive: boolean;
  readonly hasColor: boolean;
  readonly paint: (style: Style, text: string) => string;
}

export type Style = "bold" | "red" | "green" | "yellow";

/** What ends a wait for a stream to take more. */
const ENDINGS = ["drain", "close", "error"] as const;

type Ending = (typeof ENDINGS)[number];

interface Stream {
  readonly isTTY?: boolean;
  readonly write: (text: string) => boolean;
  readonly on: (event: "error", listener: (error: NodeJS.ErrnoException) => void) => unknown;
  readonly once?: (event: Ending, listener: () => void) => unknown;
  readonly off?: (event: Ending, listener: () => void) => unknown;
  readonly writableNeedDrain?: boolean;
  readonly destroyed?: boolean;
}

export interface TerminalParts {
  readonly stdout: Stream;
  readonly stderr: Stream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Hears that standard output cannot be written, for another reason than a reader who left. */
  readonly onFailure: (error: NodeJS.ErrnoException) => void;
}

/** A terminal over the process's streams; a pipe that its reader has closed is no fault. */
export function createTerminal({ stdout, stderr, env, onFailure }: TerminalParts): Terminal {
  let hasLeft = false;
  stdout.on("error", (error) => {
    hasLeft = true;
    if (error.code !== "EPIPE") onFailure(error);
  });
  // There is no other place to say that standard error cannot be written.
  stderr.on("error", () => {});
  const hasColor = isColorWanted(stdout, env);
  return {
    print: writeTo(stdout),
    complain: writeTo(stderr),
    async settled() {
      const isWaiting = stdout.writableNeedDrain === true && stdout.destroyed !== true && !hasLeft;
      if (isWaiting) {
        await new Promise<void>((resolve) => {
          const done = (): void => {
            for (const event of ENDINGS) stdout.off?.(event, done);
            resolve();
          };
          for (const event of ENDINGS) stdout.once?.(event, done);
        });
      } else await new Promise(setImmediate);
      return !hasLeft && stdout.destroyed !== true;
    },
    isInteractive: stdout.isTTY === true,
    hasColor,
    paint: (style, text) => (hasColor ? styleText(style, text, { validateStream: false }) : text),
  };
}

function writeTo(stream: Stream): (text: string) => void {
  return (text) => {
    if (text !== "") stream.write(text.endsWith("\n") ? text : `${text}\n`);
  };
}

/** As Node itself decides: FORCE_COLOR before NO_COLOR (no-color.org) before what the stream is. */
function isColorWanted(stream: Stream, env: TerminalParts["env"]): boolean {
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  const isRefused = (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb";
  return !isRefused && stream.isTTY === true;
}
