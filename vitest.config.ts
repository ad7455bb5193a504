import { defineConfig } from "vitest/config";

const source = (path: string) => new URL(path, import.meta.url).pathname;

export default defineConfig({
  resolve: {
    alias: [
      { find: /^@gatewright\/runtime$/, replacement: source("./runtime/index.ts") },
      { find: /^@gatewright\/runtime\/abi$/, replacement: source("./runtime/abi.ts") },
      {
        find: /^@gatewright\/runtime\/abi\/(application|can|clauses|cors|credentials|delegation|derived|filter|forwarded|guards|hosts|jwks|keys|nested|requirements|ring|rules|scopes|strategies|upgrades)$/,
        replacement: source("./runtime/$1.ts"),
      },
      {
        find: /^@gatewright\/runtime\/abi\/conditions$/,
        replacement: source("./runtime/abi-conditions.ts"),
      },
      { find: /^@gatewright\/runtime\/express$/, replacement: source("./runtime/check-routes.ts") },
      { find: /^@gatewright\/runtime\/filter$/, replacement: source("./runtime/filters.ts") },
      {
        find: /^@gatewright\/runtime\/filter\/(drizzle|kysely|prisma)$/,
        replacement: source("./runtime/filters/to-$1.ts"),
      },
      { find: /^@gatewright\/runtime\/opaque$/, replacement: source("./runtime/opaque.ts") },
      {
        find: /^@gatewright\/runtime\/stores\/(memory|redis|sqlite)$/,
        replacement: source("./runtime/stores/$1.ts"),
      },
      { find: /^@gatewright\/runtime\/tokens$/, replacement: source("./runtime/tokens.ts") },
      {
        find: /^@gatewright\/runtime\/abi\/issuer$/,
        replacement: source("./runtime/issuer/create-policy-issuer.ts"),
      },
      { find: /^@gatewright\/runtime\/issuer$/, replacement: source("./runtime/issuer.ts") },
      { find: /^@gatewright\/runtime\/testing$/, replacement: source("./runtime/testing.ts") },
      { find: /^gatewright$/, replacement: source("./generator/index.ts") },
    ],
  },
  test: { include: ["test/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 60_000 },
});
