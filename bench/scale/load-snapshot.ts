import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { loadSnapshot } from "@gatewright/runtime";
import type { SerializedSnapshot } from "@gatewright/runtime";
import type { LoadFigures } from "./measure-load.js";

// Run by `measure-load.ts`, in a process of its own: `load-snapshot.js FILE`, with --expose-gc.

const serialized: SerializedSnapshot = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8"));
const before = usedMemory();
const start = performance.now();
const snapshot = loadSnapshot(serialized);
const milliseconds = performance.now() - start;
const loadedBytes = usedMemory() - before;
const { words, literals } = snapshot.trie;
const columns = [words, literals, snapshot.allow, snapshot.deny];
const figures: LoadFigures = {
  milliseconds,
  loadedBytes,
  decisionBytes: columns.reduce((sum, { byteLength }) => sum + byteLength, 0),
  peakBytes: process.resourceUsage().maxRSS * 1024,
};
process.stdout.write(JSON.stringify(figures));

function usedMemory(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
