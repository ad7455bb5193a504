import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RouteTable } from "../decide/route-table.js";
import { AnswersDifferError, compareAnswers } from "../harness/compare-answers.js";
import { runProgram } from "../harness/run-program.js";
import { program } from "./programs.js";

/** Both outputs hold every operation of the document. */
export function proveRoutesAreThere(folder: string, { routes }: RouteTable): void {
  const ids = routes.map(({ method, pattern }) => `${method} ${pattern}`);
  const expected = ids.map(() => "there");
  const snapshot = readFileSync(join(folder, "generated/snapshot.ts"), "utf8");
  const ours = ids.map((id) => (snapshot.includes(JSON.stringify(id)) ? "there" : "missing"));
  compareAnswers({ contender: "gatewright", answers: ours }, expected, ids);
  const types = readFileSync(join(folder, "types.ts"), "utf8");
  const declared = types.split('operations["').length - 1;
  if (declared === ids.length) return;
  throw new AnswersDifferError(`openapi-typescript has ${declared} of ${ids.length} operations`);
}

/** Each side's check fails for a change of its source, which is taken back. */
export async function proveDriftIsFound(folder: string): Promise<void> {
  const [service = ""] = readdirSync(join(folder, "policies/services"));
  const policy = join(folder, "policies/services", service);
  await proveFails(program("gatewright", ["check"], folder), policy, ["/history", "/past"]);
  const check = ["openapi.json", "-o", "types.ts", "--check"];
  const document = join(folder, "openapi.json");
  await proveFails(program("openapi-typescript", check, folder), document, ["/history", "/past"]);
}

async function proveFails(
  check: Parameters<typeof runProgram>[0],
  file: string,
  [from, to]: readonly [string, string],
): Promise<void> {
  const text = readFileSync(file, "utf8");
  const changed = text.replaceAll(from, to);
  if (changed === text) throw new Error(`${file} does not hold ${from}`);
  writeFileSync(file, changed);
  const { code } = await runProgram(check);
  writeFileSync(file, text);
  if (code === 0) throw new AnswersDifferError(`${check.script} does not see a change of ${file}`);
}
