import { defineConfig } from "vitest/config";

const source = (path: string) => new URL(path, import.meta.url).pathname;

export default defineConfig({
  resolve: {
    alias: [
      { find: /^@gatewright\/runtime$/, replacement: source("./runtime/index.ts") },
      { find: /^@gatewright\/runtime\/abi$/, replacement: source("./runtime/abi.ts") },
      {
        find: /^@gatewright\/runtime\/abi\/(application|cache|can|clauses|cors|credentials|delegation|dpop|forwarded|guards|hosts|jwks|keys|requirements|revocation|rules|upgrades)$/,
        replacement: source("./runtime/$1.ts"),
      },
      {
        find: /^@gatewright\/runtime\/abi\/conditions$/,
        replacement: source("./runtime/abi-conditions.ts"),
      },
      { find: /^@gatewright\/runtime\/express$/, replacement: source("./runtime/check-routes.ts") },
      { find: /^@gatewright\/runtime\/tokens$/, replacement: source("./runtime/tokens.ts") },
      { find: /^@gatewright\/runtime\/testing$/, replacement: source("./runtime/testing.ts") },
      {
        find: /^@gatewright\/runtime\/(dpop-store|revocations)$/,
        replacement: source("./runtime/$1.ts"),
      },
      { find: /^gatewright$/, replacement: source("./generator/index.ts") },
    ],
  },
  test: { include: ["test/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 60_000 },
});
