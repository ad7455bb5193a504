import { spawnSync } from "node:child_process";
import { gatewrightCommand, plainEnvironment } from "./run-gatewright.js";

/** Each line as a shell would take it, in one shell, with what it prints. */
export function runConsole(folder: string, lines: readonly string[]): string {
  const [node, bin] = gatewrightCommand;
  const script = lines
    .map((line) => `printf '%s\\n' ${quote(line)}\n(exit $code)\n${line.slice(2)}\ncode=$?`)
    .join("\n");
  const prelude = `exec 2>&1\ncode=0\nnpx() { shift; ${quote(node)} ${quote(bin)} "$@"; }\n`;
  const options = { cwd: folder, env: plainEnvironment, encoding: "utf8" } as const;
  return spawnSync("bash", ["-c", prelude + script], options).stdout;
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
