#!/usr/bin/env node
import { existsSync } from "node:fs";

const entry = new URL("../dist/cli.js", import.meta.url);
if (existsSync(entry)) {
  await import(entry.href);
} else {
  process.stderr.write("gatewright: the package is not compiled yet; run `npm run build` first\n");
  process.exitCode = 2;
}
