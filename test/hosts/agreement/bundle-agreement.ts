import { readFile } from "node:fs/promises";
import { build } from "esbuild";
import type { Plugin } from "esbuild";

/** A mistake made on purpose in a copy of the runtime; no shipped code knows of it. */
export interface Fault {
  /** What is wrong with the copy. */
  readonly name: string;
  /** Below `runtime/`. */
  readonly file: string;
  /** Each text must stand in the file exactly once. */
  readonly edits: readonly (readonly [text: string, replacement: string])[];
}

const root = new URL("../../../", import.meta.url);

const sources = Object.fromEntries(
  Object.entries({
    "@gatewright/runtime/abi/guards": "guards.ts",
    "@gatewright/runtime/abi/hosts": "hosts.ts",
    "@gatewright/runtime/abi/keys": "keys.ts",
    "@gatewright/runtime/abi": "abi.ts",
    "@gatewright/runtime": "index.ts",
  }).map(([name, file]) => [name, new URL(`runtime/${file}`, root).pathname]),
);

/**
 * Builds the harness with the sources of the runtime in one file, to be run by Node: from sources, so
 * that it needs no build, and with a fault in them if one is wanted. Returns the file's path.
 */
export async function bundleAgreement(name: string, fault?: Fault): Promise<string> {
  const outfile = new URL(`build/agreement/${name}.mjs`, root).pathname;
  await build({
    entryPoints: [new URL("test/hosts/agreement/main.ts", root).pathname],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    logLevel: "error",
    alias: sources,
    plugins: fault === undefined ? [] : [plant(fault)],
  });
  return outfile;
}

function plant({ name, file, edits }: Fault): Plugin {
  const path = new URL(`runtime/${file}`, root).pathname;
  return {
    name: "plant",
    setup({ onLoad }) {
      onLoad({ filter: /[/]runtime[/].+\.ts$/ }, async (loaded) => {
        if (loaded.path !== path) return undefined;
        let contents = await readFile(path, "utf8");
        for (const [text, replacement] of edits) {
          const parts = contents.split(text);
          if (parts.length !== 2) {
            const found = parts.length - 1;
            throw new Error(`\`${name}\`: its text stands ${found} times in runtime/${file}`);
          }
          contents = parts.join(replacement);
        }
        return { contents, loader: "ts" };
      });
    },
  };
}
