import { readFileSync } from "node:fs";
import { defineConfig } from "vitest/config";

const source = (path: string) => new URL(path, import.meta.url).pathname;

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
}

const manifest: Manifest = JSON.parse(readFileSync(source("./runtime/package.json"), "utf8"));

/** The doors of the runtime as its sources have them: what is tested is what was written. */
const doors = Object.entries(manifest.exports).flatMap(([door, target]) => {
  if (typeof target === "string") return [];
  const file = target.default.replace(/^\.\/dist\/(.*)\.js$/, "./runtime/$1.ts");
  return { find: new RegExp(`^@gatewright/runtime${door.slice(1)}$`), replacement: source(file) };
});

export default defineConfig({
  resolve: {
    alias: [...doors, { find: /^gatewright$/, replacement: source("./generator/index.ts") }],
  },
  test: { include: ["test/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 60_000 },
});
