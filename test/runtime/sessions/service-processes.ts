import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { ServiceSettings } from "./session-service.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const exports = Object.entries<{ readonly default: string }>(
  JSON.parse(readFileSync(join(root, "runtime/package.json"), "utf8")).exports,
);

/** Nodes of a service, as processes of their own. */
export interface ServiceProcesses {
  /** Its port, once it serves. */
  start(settings: Omit<ServiceSettings, "cwd">): Promise<number>;
  /** Ends the processes that live. */
  close(): Promise<void>;
}

export async function openServiceProcesses(): Promise<ServiceProcesses> {
  // Inside the repository, where Node finds the drivers.
  const folder = mkdtempSync(join(root, "build-sessions-"));
  const script = join(folder, "service.mjs");
  const children: ChildProcess[] = [];
  await build({
    entryPoints: [join(root, "test/runtime/sessions/session-service.ts")],
    bundle: true,
    platform: "node",
    format: "esm",
    outfile: script,
    alias: Object.fromEntries(exports.flatMap(sourceOf)),
    external: ["jose", "ioredis", "pg"],
  });
  return {
    async start(settings) {
      const full = { ...settings, cwd: mkdtempSync(join(folder, "service-")) };
      const child = fork(script, [JSON.stringify(full)]);
      children.push(child);
      const [{ port }] = await once(child, "message");
      return port;
    },
    async close() {
      for (const child of children) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        child.kill("SIGKILL");
        await once(child, "exit");
      }
      rmSync(folder, { recursive: true });
    },
  };
}

/** The source of a door of the runtime, by the name under which it is imported. */
function sourceOf([door, target]: readonly [string, { readonly default?: string }]) {
  const path = target.default?.replace(/^\.\/dist\/(.*)\.js$/, "runtime/$1.ts");
  return path === undefined
    ? []
    : [[`@gatewright/runtime${door.slice(1)}`, join(root, path)] as const];
}
