#!/usr/bin/env node
// Builds what a benchmark needs, then runs it: `npm run bench -- NAME` works right after `npm ci`.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
// From the root: the workspace itself pins an older TypeScript, for a peer.
const manifest = createRequire(join(root, "package.json")).resolve("typescript/package.json");
const tsc = join(dirname(manifest), "bin/tsc");
const { status } = spawnSync(process.execPath, [tsc, "-b", "bench"], {
  cwd: root,
  // Standard output belongs to the result.
  stdio: ["ignore", 2, 2],
});
if (status === 0) await import("../dist/cli.js");
else process.exitCode = 2;
