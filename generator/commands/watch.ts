import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import type { Arguments, Command } from "../command-line/command.js";
import { exitCode } from "../command-line/exit-code.js";
import type { ExitCode } from "../command-line/exit-code.js";
import { helpOption, outOption, policiesOption, valueOf } from "../command-line/options.js";
import { printReport } from "../command-line/print-report.js";
import type { Terminal } from "../command-line/terminal.js";
import { visible } from "../diagnostics/visible.js";
import type { Folders } from "../stamp.js";

/** In milliseconds: an editor that saves several files, or one in steps, causes one build. */
const QUIET = 100;

export const watch: Command = {
  name: "watch",
  description: [
    "Builds, and builds again whenever a policy file changes. Prints what `build` prints, goes on after " +
      "a mistake in the policy, and ends with Ctrl+C (SIGINT) or SIGTERM.",
  ],
  operands: [],
  options: [policiesOption, outOption, helpOption],
  examples: [
    { line: "watch", purpose: "while you write the policy" },
    { line: "watch --policies access --out src/generated", purpose: "with folders of your own" },
  ],
  exitCodes: [
    { code: exitCode.fine, meaning: "it was told to end" },
    { code: exitCode.usage, meaning: "the command line is wrong" },
    { code: exitCode.internal, meaning: "the folder cannot be watched" },
  ],
  run,
};

async function run(args: Arguments, terminal: Terminal): Promise<ExitCode> {
  const folders = { policies: valueOf(args, policiesOption), out: valueOf(args, outOption) };
  const end = new AbortController();
  const stop = () => end.abort();
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    return await buildOnChange(folders, terminal, end.signal);
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
}

/** One build after the other: what changes during one is for the next. */
async function buildOnChange(
  folders: Folders,
  terminal: Terminal,
  end: AbortSignal,
): Promise<ExitCode> {
  const { watch: watchFolder } = await import("chokidar");
  const { buildFolders } = await import("../command-line/build-folders.js");
  // A policy folder is read without following links, and what cannot be read is for the build to say.
  const watcher = watchFolder(folders.policies, {
    ignoreInitial: true,
    followSymlinks: false,
    ignorePermissionErrors: true,
  });
  const broken = new AbortController();
  watcher.on("error", (error) => broken.abort(error));
  const over = AbortSignal.any([end, broken.signal]);
  let isStale = true;
  const changes = new EventTarget();
  watcher.on("all", (event, path) => {
    // A folder that is moved in or away can hold policy files.
    if (!event.endsWith("Dir") && !/\.ya?ml$/i.test(path)) return;
    isStale = true;
    changes.dispatchEvent(new Event("change"));
  });
  try {
    // Watching first: no change falls between the first build and the first look.
    await once(watcher, "ready", { signal: over });
    terminal.print(`watching ${visible(folders.policies)}`);
    for (;;) {
      while (isStale) {
        isStale = false;
        const report = await buildFolders(folders, "used");
        printReport({ command: "watch", ...report }, "text", terminal);
      }
      await once(changes, "change", { signal: over });
      await setTimeout(QUIET, undefined, { signal: over });
    }
  } catch (error) {
    const isEnd = error === over.reason || (error instanceof Error && error.name === "AbortError");
    if (!over.aborted || !isEnd) throw error;
  } finally {
    await watcher.close();
  }
  if (!broken.signal.aborted) return exitCode.fine;
  const { reason } = broken.signal;
  const cause = reason instanceof Error && "code" in reason ? reason.code : reason;
  terminal.complain(`gatewright: the folder cannot be watched (${visible(String(cause))})`);
  return exitCode.internal;
}
