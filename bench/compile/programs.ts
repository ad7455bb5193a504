import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Program } from "../harness/run-program.js";

// By the packages' names, since this file runs from `bench/dist` and, in tests, from `bench`.
const own = createRequire(import.meta.url);
const root = join(dirname(own.resolve("gatewright/package.json")), "..");
const ofRoot = createRequire(join(root, "package.json"));

/** Lies in the repository, so that what is built there finds `@gatewright/runtime`; ignored by Git. */
export const workFolder = join(root, "build/bench");

const scripts = {
  gatewright: () => join(root, "generator/bin/gatewright.js"),
  "openapi-typescript": () => join(dirname(own.resolve("openapi-typescript")), "../bin/cli.js"),
  // TypeScript 7, and not the older one that openapi-typescript needs beside it.
  tsc: () => join(dirname(ofRoot.resolve("typescript/package.json")), "bin/tsc"),
};

export function program(name: keyof typeof scripts, args: readonly string[], cwd: string): Program {
  return { script: scripts[name](), args, cwd };
}
