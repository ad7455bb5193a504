import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { version } from "./version.js";

/** The version, and the times of the compiler's own files: who works on it builds anew. */
export function compilerState(): readonly (string | number)[] {
  const root = fileURLToPath(new URL(".", import.meta.url));
  const names = readdirSync(root, { recursive: true, encoding: "utf8" });
  const code = names.filter((name) => name.endsWith(".js")).toSorted();
  return [
    version,
    ...code.flatMap((name) => {
      const { size, mtimeMs } = statSync(join(root, name));
      return [name, size, mtimeMs];
    }),
  ];
}
