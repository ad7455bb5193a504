import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("../../generator/bin/gatewright.js", import.meta.url));

/** How a subprocess is started: the real entry of the package, as `npm run build` compiled it. */
export const gatewrightCommand: readonly [string, string] = [process.execPath, bin];

/** No colours and no other wishes of who runs the tests. */
export const plainEnvironment: NodeJS.ProcessEnv = { PATH: process.env["PATH"] };

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `gatewright` in a folder and waits for its end. */
export function runGatewright(
  folder: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Run {
  const [node, script] = gatewrightCommand;
  const { status, stdout, stderr } = spawnSync(node, [script, ...args], {
    cwd: folder,
    env: { ...plainEnvironment, ...environment },
    encoding: "utf8",
    maxBuffer: 2 ** 26,
    timeout: 30_000,
  });
  return { status, stdout, stderr };
}
