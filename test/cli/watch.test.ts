import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { createProject, desk, readFiles, writeFiles } from "./create-project.js";
import { gatewrightCommand, plainEnvironment, runGatewright } from "./run-gatewright.js";

const timeout = 60_000;

const started: ChildProcess[] = [];
afterEach(() => started.splice(0).forEach((child) => child.kill("SIGKILL")));

/** A real `gatewright watch`; `ends` takes the signal that ends it. */
function startWatch(folder: string) {
  const [node, script] = gatewrightCommand;
  const child = spawn(node, [script, "watch"], { cwd: folder, env: plainEnvironment });
  started.push(child);
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
    });
  }
  const ended = once(child, "exit");
  return {
    printed: () => printed,
    shows: (text: string) =>
      vi.waitFor(() => expect(printed).toContain(text), { timeout: 20_000, interval: 20 }),
    ends: async (signal: NodeJS.Signals) => {
      child.kill(signal);
      return ended;
    },
  };
}

const access = desk["policies/access.yaml"] ?? "";
const more = "gatewright: 1\nroles:\n  boss: { inherits: [clerk] }\n";

it("builds at once and after every change, until it is told to end", { timeout }, async () => {
  const folder = createProject();
  const run = startWatch(folder);
  await run.shows("watching policies\n");
  await run.shows("wrote generated/types.ts\n");
  expect(runGatewright(folder, ["check", "--full"]).status).toBe(0);

  writeFiles(folder, { "policies/access.yaml": access.replaceAll("auditor", "inspector") });
  await vi.waitFor(
    () => expect(readFileSync(join(folder, "generated/types.ts"), "utf8")).toContain('"inspector"'),
    { timeout: 20_000 },
  );

  const before = readFiles(join(folder, "generated"));
  writeFiles(folder, { "policies/more.yaml": more.replace("clerk", "clrek") });
  await run.shows("error[unknown-role]: unknown role `clrek`");
  await run.shows("nothing was written\n");
  expect(readFiles(join(folder, "generated"))).toEqual(before);

  writeFiles(folder, { "policies/below/more.yaml": "gatewright: 1\n", "policies/more.yaml": more });
  await vi.waitFor(
    () => expect(readFileSync(join(folder, "generated/types.ts"), "utf8")).toContain('"boss"'),
    { timeout: 20_000 },
  );
  expect(await run.ends("SIGTERM")).toEqual([0, null]);
  expect(runGatewright(folder, ["check", "--full"]).status).toBe(0);
});

it("waits for a policy folder that is not there, and for one that comes back", {
  timeout,
}, async () => {
  const folder = createProject({});
  const run = startWatch(folder);
  await run.shows("error[no-policy]");
  writeFiles(folder, desk);
  await run.shows("wrote generated/types.ts\n");
  rmSync(join(folder, "policies"), { recursive: true });
  await vi.waitFor(() => expect(run.printed().split("error[no-policy]")).toHaveLength(3), {
    timeout: 20_000,
  });
  expect(await run.ends("SIGINT")).toEqual([0, null]);
});

it("takes no notice of files that are no policy", { timeout }, async () => {
  const folder = createProject();
  const run = startWatch(folder);
  await run.shows("wrote generated/types.ts\n");
  const before = run.printed();
  writeFiles(folder, { "policies/notes.txt": "mine", "policies/.access.yaml.swp": "mine" });
  writeFiles(folder, { "policies/more.yaml": more.replace("clerk", "clrek") });
  await run.shows("nothing was written\n");
  expect(run.printed().slice(before.length)).not.toContain("up to date");
  expect(await run.ends("SIGTERM")).toEqual([0, null]);
});
