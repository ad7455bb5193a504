import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Bytes, minified and compressed: issue 2 and the README promise it. */
const LIMIT = 12_000;

/**
 * What one JWT-guarded request with a record in a JSONL file loads where the mount helper serves it: the ABI
 * whole, and the keys that the issuer publishes. Guards, keys in files, a gate before handlers of a host and the parts that only some policies need have doors of
 * their own, and `generated/` opens those that it needs.
 */
const entry = `
  export * from "@gatewright/runtime/abi";
  export * from "@gatewright/runtime/abi/jwks";
`;

describe("the runtime of a guarded request", async () => {
  const { outputFiles, metafile } = await build({
    stdin: { contents: entry, resolveDir: root, loader: "ts" },
    absWorkingDir: root,
    alias: {
      "@gatewright/runtime/abi": "./runtime/abi.ts",
      "@gatewright/runtime/abi/jwks": "./runtime/jwks.ts",
    },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: ["jose"],
    metafile: true,
    write: false,
  });

  it("takes at most 12 kB, static and dynamic imports together", () => {
    const [bundle] = outputFiles;
    const size = gzipSync(bundle?.contents ?? "", { level: 9 }).length;
    console.log(`runtime of a guarded request: ${size} bytes minified and compressed`);
    expect(outputFiles).toHaveLength(1);
    expect(size).toBeGreaterThan(0);
    expect(size).toBeLessThanOrEqual(LIMIT);
  });

  it("consists of the runtime alone", () => {
    const foreign = Object.keys(metafile.inputs).filter(
      (path) => path !== "<stdin>" && !path.startsWith("runtime/"),
    );
    expect(foreign).toEqual([]);
  });

  it("holds the gate, the verification of tokens and the sink", () => {
    expect(Object.keys(metafile.inputs)).toEqual(
      expect.arrayContaining([
        "runtime/gate.ts",
        "runtime/tokens/verify-token.ts",
        "runtime/jwks.ts",
        "runtime/audit/sinks/jsonl.ts",
      ]),
    );
  });

  it("leaves to be imported only jose and modules of Node", () => {
    const imported = Object.values(metafile.outputs).flatMap((output) => output.imports);
    const external = imported.filter(({ external: isExternal }) => isExternal);
    expect(external).toHaveLength(imported.length);
    const packages = external.map(({ path }) => path).filter((path) => !path.startsWith("node:"));
    expect([...new Set(packages)]).toEqual(["jose"]);
  });
});
