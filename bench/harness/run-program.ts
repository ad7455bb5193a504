import { spawn } from "node:child_process";

export interface Program {
  /** A script for Node, and its arguments. */
  readonly script: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** For Node itself. */
  readonly flags?: readonly string[];
  /** Beside what this process has. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Outcome {
  readonly code: number | null;
  /** Both streams. */
  readonly output: string;
}

/** Runs a script with this Node, without a shell. */
export async function runProgram(program: Program): Promise<Outcome> {
  const { script, args, cwd, flags = [], environment } = program;
  const child = spawn(process.execPath, [...flags, script, ...args], {
    cwd,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output: Buffer.concat(chunks).toString() }));
  });
}

/**
 * Runs a script that has to succeed.
 *
 * @throws Error with the end of its output.
 */
export async function runOrThrow(program: Program): Promise<void> {
  const { code, output } = await runProgram(program);
  if (code === 0) return;
  const command = [program.script, ...program.args].join(" ");
  throw new Error(`${command} ended with ${code}: ${output.slice(-2000)}`);
}
