import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RouteTable } from "../decide/route-table.js";
import { runOrThrow } from "../harness/run-program.js";
import { openapiDocument } from "./openapi-document.js";
import { program, workFolder } from "./programs.js";
import { unionModule } from "./union-module.js";

/**
 * A folder with `openapi.json`, the policy imported from it, and two TypeScript projects: `ours` over
 * what will be generated, `union` over what a person would write.
 */
export async function prepareProject(name: string, table: RouteTable): Promise<string> {
  const folder = join(workFolder, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "union"), { recursive: true });
  const document = `${JSON.stringify(openapiDocument(table), undefined, 2)}\n`;
  writeFileSync(join(folder, "openapi.json"), document);
  writeFileSync(join(folder, "union/routes.ts"), unionModule(table));
  for (const [project, include] of [
    ["ours", "generated"],
    ["union", "union"],
  ]) {
    writeFileSync(join(folder, `tsconfig.${project}.json`), tsconfig(`${include}/**/*.ts`));
  }
  await runOrThrow(program("gatewright", ["import", "openapi", "openapi.json"], folder));
  return folder;
}

function tsconfig(include: string): string {
  const compilerOptions = {
    target: "es2023",
    module: "nodenext",
    types: ["node"],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: true,
    noEmit: true,
  };
  return `${JSON.stringify({ compilerOptions, include: [include] }, undefined, 2)}\n`;
}
